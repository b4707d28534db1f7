package dev.iterscope.engine.checkpoint;

import dev.iterscope.engine.request.UserInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// The weights of a checkpoint, converted to floats row by row as they are packed.
final class CheckpointTensors implements TensorSource {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat SINGLE = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Checkpoint checkpoint;

    CheckpointTensors(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    @Override
    public void require(String name, int rows, int columns) {
        tensor(name, rows, columns);
    }

    @Override
    public void readRow(String name, int rows, int columns, int row, float[] into) {
        Tensor tensor = tensor(name, rows, columns);
        MemorySegment data = tensor.data();
        long from = (long) row * columns;
        switch (tensor.dtype()) {
            case "F32" -> {
                for (int i = 0; i < columns; i++) {
                    into[i] = data.get(SINGLE, 4 * (from + i));
                }
            }
            case "F16" -> {
                for (int i = 0; i < columns; i++) {
                    into[i] = Float.float16ToFloat(data.get(HALF, 2 * (from + i)));
                }
            }
            default -> {
                for (int i = 0; i < columns; i++) {
                    into[i] = Float.intBitsToFloat(data.get(HALF, 2 * (from + i)) << 16); // bf16
                }
            }
        }
    }

    /// A matrix has two dimensions, a vector one.
    private Tensor tensor(String name, int rows, int columns) {
        Tensor tensor = checkpoint.require(name, rows == 1 ? List.of((long) columns) : List.of((long) rows, (long) columns));
        if (!List.of("F32", "F16", "BF16").contains(tensor.dtype())) {
            throw UserInputException.input(
                    tensor.file(),
                    "tensor " + name,
                    "has dtype " + tensor.dtype() + "; F32, F16 and BF16 are supported",
                    "use the unquantised model");
        }
        return tensor;
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
