/// Traces of the PyTorch profiler.
@NullMarked
package dev.iterscope.projection.importer.torch;

import org.jspecify.annotations.NullMarked;
