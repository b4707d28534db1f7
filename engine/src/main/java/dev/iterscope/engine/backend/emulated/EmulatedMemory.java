package dev.iterscope.engine.backend.emulated;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.request.UserInputException;
import java.util.Locale;

/// What an accelerator would need for a model and its limits: weights; activations for a step of max-num-batched-tokens; the rest
/// is KV cache. This is where a larger token budget costs KV blocks.
///
/// Activations of a token, at the widest point of a layer: residual stream, its norm, q, k and v, attention output, gate and up
/// together, and their product; in the weights' type. Logits of every sequence stand beside them in single precision.
final class EmulatedMemory {
    private static final int LOGIT_BYTES = 4;

    private EmulatedMemory() {}

    static MemoryPlan plan(BackendConfig config) {
        ModelConfig model = config.model();
        if (model.weightType() == DataType.INT8) {
            throw UserInputException
                    .usage("--quantization int8 is for the cpu backend, which quantises while it loads; the emulated backend"
                            + " takes its times from a model and has no weights");
        }
        long weights = model.weightBytes();
        long activations = config.maxNumBatchedTokens() * activationBytesPerToken(model)
                + (long) config.maxNumSeqs() * model.vocabSize() * LOGIT_BYTES;
        long perBlock = model.kvBytesPerToken(config.kvType()) * config.blockSize();
        if (config.kvBlocks().isPresent()) {
            return new MemoryPlan(weights, activations, perBlock, config.kvBlocks().getAsInt());
        }
        long blocks = (config.memoryBytes() - weights - activations) / perBlock;
        if (blocks < 2) {
            throw UserInputException.usage(String.format(
                    Locale.ROOT,
                    "%s at max-num-batched-tokens %d needs %.2f GiB for weights and activations, which leaves no KV block of --memory %.2f GiB;"
                            + " give more memory, a smaller model, or --num-gpu-blocks-override",
                    model.name(),
                    config.maxNumBatchedTokens(),
                    gib(weights + activations),
                    gib(config.memoryBytes())));
        }
        return new MemoryPlan(weights, activations, perBlock, (int) Math.min(blocks, Integer.MAX_VALUE / 2));
    }

    static long activationBytesPerToken(ModelConfig model) {
        long elements = 2L * model.hiddenSize()
                + model.queryWidth()
                + 2L * model.kvWidth()
                + model.queryWidth()
                + 3L * model.intermediateSize();
        return elements * model.weightType().bytes();
    }

    private static double gib(long bytes) {
        return bytes / (double) (1L << 30);
    }
}
