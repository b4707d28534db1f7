package dev.iterscope.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A tensor of a checkpoint, mapped and not copied.
///
/// @param name  its name in the checkpoint
/// @param dtype element type as the file names it, for instance `BF16`
/// @param shape dimensions, outermost first
/// @param data  elements in row-major order, little endian, at any alignment; valid while the checkpoint is open
/// @param file  the file that holds it, for messages
public record Tensor(String name, String dtype, List<Long> shape, MemorySegment data, String file) {
    /// Keeps an unmodifiable copy of the list.
    public Tensor {
        shape = List.copyOf(shape);
    }
}
