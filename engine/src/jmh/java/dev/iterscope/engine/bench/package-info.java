/// What the engine's own work costs in each step.
@NullMarked
package dev.iterscope.engine.bench;

import org.jspecify.annotations.NullMarked;
