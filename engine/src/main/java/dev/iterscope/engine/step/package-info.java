/// The step loop: plan, execute, complete, tell an observer. Pure: time and outcomes are handed in, so the engine and the simulation run the same loop.
@NullMarked
package dev.iterscope.engine.step;

import org.jspecify.annotations.NullMarked;
