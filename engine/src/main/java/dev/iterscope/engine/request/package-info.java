/// What users hand to an engine: requests, prompts, stop and sampling rules, and the one exception for input that cannot be used.
///
/// Pure: no clock, thread, randomness or I/O. Shared by the engine and the simulation.
@NullMarked
package dev.iterscope.engine.request;

import org.jspecify.annotations.NullMarked;
