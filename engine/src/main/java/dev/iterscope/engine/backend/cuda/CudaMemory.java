package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.UserInputException;
import java.util.Locale;

/// Divides the device's memory: weights first, then what a step of `maxNumBatchedTokens` tokens needs, the rest for KV blocks. Nothing
/// is allocated later, so memory can only run out at the start.
final class CudaMemory {
    /// Bytes of an element of the KV cache and of a weight: bf16.
    private static final int ELEMENT_BYTES = 2;

    private CudaMemory() {}

    /// The plan for a configuration.
    ///
    /// @throws UserInputException (usage) when the model cannot be computed or the memory does not suffice
    static MemoryPlan plan(BackendConfig config) {
        ModelConfig model = config.model();
        ModelShape.requireSupported(model, config.kvType());
        long weights = DeviceWeights.bytes(model);
        long activations = Workspace.layout(shape(config)).bytes();
        long perBlock = bytesPerBlock(model, config.blockSize());
        long fit = Math.max(0, config.memoryBytes() - weights - activations) / perBlock;
        if (config.kvBlocks().isPresent()) {
            int blocks = config.kvBlocks().getAsInt();
            if (blocks < 2) {
                throw UserInputException.usage("--num-gpu-blocks-override must be at least 2 (one block is the null block): " + blocks);
            }
            if (blocks > fit) {
                throw tooLittle(config, weights, activations, blocks * perBlock);
            }
            return new MemoryPlan(weights, activations, perBlock, blocks);
        }
        if (fit < 2) {
            throw tooLittle(config, weights, activations, 2 * perBlock);
        }
        return new MemoryPlan(weights, activations, perBlock, (int) Math.min(fit, usable(config)));
    }

    /// Checks the plan against what is free on the device just now; another process may hold the rest.
    ///
    /// @throws UserInputException (machine) when it does not fit
    static void requireFree(BackendConfig config, MemoryPlan plan, CudaDriver driver) {
        long free = driver.freeBytes();
        if (plan.totalBytes() > free) {
            throw tooLittleFree(plan, driver.device(), free);
        }
        if (plan.kvBlocks() > Integer.MAX_VALUE / config.blockSize()) {
            throw UserInputException.usage("more KV tokens than the kernels can number; lower --num-gpu-blocks-override");
        }
    }

    private static UserInputException tooLittleFree(MemoryPlan plan, CudaDevice device, long free) {
        return UserInputException.machine(String.format(
                Locale.ROOT,
                "GPU %d (%s) has %.2f of its %.2f GiB free, but weights %.2f + activations %.2f + KV %.2f = %.2f GiB are asked for;"
                        + " end other processes on the GPU, lower --gpu-memory-utilization, or take another GPU with CUDA_VISIBLE_DEVICES",
                device.ordinal(),
                device.name(),
                gib(free),
                gib(device.memoryBytes()),
                gib(plan.weightBytes()),
                gib(plan.activationBytes()),
                gib(plan.kvBytes()),
                gib(plan.totalBytes())));
    }

    /// What a refused call at the start means to a user. Beside what is planned the driver needs memory of its own: kernels, graphs, and
    /// what the matrix library takes.
    static UserInputException startFailure(MemoryPlan plan, CudaDevice device, CudaException cause) {
        if (cause.isOutOfMemory()) {
            return UserInputException.machine(String.format(
                    Locale.ROOT,
                    "GPU %d (%s) ran out of its %.2f GiB: weights %.2f + activations %.2f + KV %.2f = %.2f GiB leave too little for kernels and"
                            + " graphs (%s); lower --gpu-memory-utilization or --memory",
                    device.ordinal(),
                    device.name(),
                    gib(device.memoryBytes()),
                    gib(plan.weightBytes()),
                    gib(plan.activationBytes()),
                    gib(plan.kvBytes()),
                    gib(plan.totalBytes()),
                    cause.getMessage()));
        }
        return unusable(device, cause);
    }

    /// A device on which a call is refused that has nothing to do with its size.
    static UserInputException unusable(CudaDevice device, CudaException cause) {
        return UserInputException.machine("GPU " + device.ordinal() + " (" + device.name() + ") cannot be used: " + cause.getMessage()
                + "; see nvidia-smi");
    }

    static ModelShape shape(BackendConfig config) {
        return new ModelShape(config.model(), config.maxNumBatchedTokens(), config.maxNumSeqs(), config.blockSize());
    }

    /// Keys and values of a block over all layers.
    static long bytesPerBlock(ModelConfig model, int blockSize) {
        return 2L * model.layers() * blockSize * model.kvWidth() * ELEMENT_BYTES;
    }

    /// Blocks beyond which no request could use another one.
    private static long usable(BackendConfig config) {
        long perSequence = Math.ceilDiv(config.model().maxModelLen(), config.blockSize());
        return Math.min(Integer.MAX_VALUE / config.blockSize(), perSequence * config.maxNumSeqs() + 1);
    }

    private static UserInputException tooLittle(BackendConfig config, long weights, long activations, long kv) {
        return UserInputException.usage(String.format(
                Locale.ROOT,
                "%s needs %.2f GiB on the GPU (weights %.2f, activations at max-num-batched-tokens %d %.2f, KV at least %.2f) but may use"
                        + " %.2f GiB; raise --memory or --gpu-memory-utilization, lower max-num-batched-tokens or take a smaller model",
                config.model().name(),
                gib(weights + activations + kv),
                gib(weights),
                config.maxNumBatchedTokens(),
                gib(activations),
                gib(kv),
                gib(config.memoryBytes())));
    }

    private static double gib(long bytes) {
        return bytes / (double) (1L << 30);
    }
}
