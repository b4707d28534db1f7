/// The scheduler with its four verbs, and what it decides: the plan of a step. Pure: no clock, thread, randomness or I/O. The same class serves the engine and the simulation.
@NullMarked
package dev.iterscope.engine.schedule;

import org.jspecify.annotations.NullMarked;
