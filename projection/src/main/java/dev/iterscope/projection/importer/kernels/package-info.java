/// Kernel names as profilers print them, and what a kernel does by its name.
@NullMarked
package dev.iterscope.projection.importer.kernels;

import org.jspecify.annotations.NullMarked;
