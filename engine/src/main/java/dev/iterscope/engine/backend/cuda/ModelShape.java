package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.request.UserInputException;
import java.util.List;

/// The model's dimensions as the kernels use them, and what the kernels ask of them.
///
/// @param model    architecture
/// @param maxRows  most rows of a step (max-num-batched-tokens)
/// @param maxSeqs  most sequences, and so samples, of a step
/// @param blockSize tokens in a KV block
record ModelShape(ModelConfig model, int maxRows, int maxSeqs, int blockSize) {
    /// Head widths that attention kernels exist for.
    static final List<Integer> HEAD_DIMS = List.of(32, 64, 128);
    /// Columns are read in pieces of 16 bytes.
    private static final int COLUMN_MULTIPLE = 8;

    /// Width of a row of queries, keys and values.
    int qkvWidth() {
        return model.queryWidth() + 2 * model.kvWidth();
    }

    /// Query heads that share a KV head.
    int group() {
        return model.heads() / model.kvHeads();
    }

    /// Heads of a row of queries, keys and values.
    int qkvHeads() {
        return model.heads() + 2 * model.kvHeads();
    }

    /// Says in one line what the kernels cannot do, before anything is allocated.
    static void requireSupported(ModelConfig model, DataType kvType) {
        if (!HEAD_DIMS.contains(model.headDim())) {
            throw UserInputException.usage(
                    "the cuda backend has kernels for head dims " + HEAD_DIMS + ", " + model.name() + " has " + model.headDim());
        }
        requireMultiple(model, "hidden size", model.hiddenSize());
        requireMultiple(model, "intermediate size", model.intermediateSize());
        if (kvType != DataType.BF16) {
            throw UserInputException.usage("the cuda backend keeps the KV cache as bf16, not " + kvType);
        }
        if (model.weightType() == DataType.FP8 || model.weightType() == DataType.INT8) {
            throw UserInputException.usage(
                    "the cuda backend computes with bf16 weights, not " + model.weightType()
                            + "; take a BF16 model without --quantization");
        }
    }

    private static void requireMultiple(ModelConfig model, String what, int value) {
        if (value % COLUMN_MULTIPLE != 0) {
            throw UserInputException.usage("the cuda backend needs a " + what + " that is a multiple of " + COLUMN_MULTIPLE + ", "
                    + model.name() + " has " + value);
        }
    }
}
