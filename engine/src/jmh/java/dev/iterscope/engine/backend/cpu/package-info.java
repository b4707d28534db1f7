/// What the CPU kernels reach of what the machine can do.
@NullMarked
package dev.iterscope.engine.backend.cpu;

import org.jspecify.annotations.NullMarked;
