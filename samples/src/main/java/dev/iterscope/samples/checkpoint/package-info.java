/// Checkpoints to try the engine with.
@NullMarked
package dev.iterscope.samples.checkpoint;

import org.jspecify.annotations.NullMarked;
