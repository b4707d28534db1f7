package dev.iterscope.engine.backend.cpu;

import com.sun.management.OperatingSystemMXBean;
import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.request.UserInputException;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/// Divides the memory: weights first, then what a step of `maxNumBatchedTokens` tokens needs, the rest for KV blocks.
final class CpuMemory {
    /// Elements that one Java array holds at most; activations are such arrays.
    private static final long MAX_ARRAY = Integer.MAX_VALUE - 8L;

    private CpuMemory() {}

    /// The plan for a configuration.
    ///
    /// @throws UserInputException (usage) when the memory does not suffice, (machine) when there is not so much
    static MemoryPlan plan(BackendConfig config) {
        ModelConfig model = config.model();
        requireHoldable(config);
        requirePhysical(config.memoryBytes());
        long weights = DecoderWeights.bytes(model);
        long activations = Activations.bytes(
                model, config.maxNumBatchedTokens(), config.maxNumSeqs(), model.maxModelLen(), config.threads());
        long perBlock = KvStore.bytesPerBlock(model, config.kvType(), config.blockSize());
        long left = config.memoryBytes() - weights - activations;
        long fit = Math.max(0, left) / perBlock;
        if (config.kvBlocks().isPresent()) {
            return fixed(config, new MemoryPlan(weights, activations, perBlock, config.kvBlocks().getAsInt()), fit);
        }
        if (fit < 2) {
            throw tooLittle(config, weights, activations, 2 * perBlock);
        }
        return new MemoryPlan(weights, activations, perBlock, (int) Math.min(fit, usable(config)));
    }

    private static MemoryPlan fixed(BackendConfig config, MemoryPlan plan, long fit) {
        if (plan.kvBlocks() < 2) {
            throw UserInputException
                    .usage("--num-gpu-blocks-override must be at least 2 (one block is the null block): " + plan.kvBlocks());
        }
        if (plan.kvBlocks() > fit) {
            throw tooLittle(config, plan.weightBytes(), plan.activationBytes(), plan.kvBytes());
        }
        return plan;
    }

    /// Blocks beyond which no request could use another one.
    private static long usable(BackendConfig config) {
        long perSequence = Math.ceilDiv(config.model().maxModelLen(), config.blockSize());
        return Math.min(Integer.MAX_VALUE, perSequence * config.maxNumSeqs() + 1);
    }

    private static UserInputException tooLittle(BackendConfig config, long weights, long activations, long kv) {
        return UserInputException.usage(String.format(
                Locale.ROOT,
                "%s needs %.2f GiB (weights %.2f, activations at max-num-batched-tokens %d %.2f, KV at least %.2f) but --memory is %.2f GiB;"
                        + " raise it, lower max-num-batched-tokens or take a smaller model",
                config.model().name(),
                gib(weights + activations + kv),
                gib(weights),
                config.maxNumBatchedTokens(),
                gib(activations),
                gib(kv),
                gib(config.memoryBytes())));
    }

    /// Memory that the machine, or the container, does not have would be given by the system at first and end the process later.
    private static void requirePhysical(long bytes) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                && system.getTotalMemorySize() > 0
                && bytes > system.getTotalMemorySize()) {
            throw UserInputException.machine(String.format(
                    Locale.ROOT,
                    "--memory is %.2f GiB, but this machine has %.2f GiB; lower it or take a smaller model",
                    gib(bytes),
                    gib(system.getTotalMemorySize())));
        }
    }

    private static void requireHoldable(BackendConfig config) {
        if (config.kvType() != DataType.BF16 && config.kvType() != DataType.F32) {
            throw UserInputException.usage("the cpu backend keeps the KV cache as f32 or bf16, not " + config.kvType());
        }
        ModelConfig model = config.model();
        if (model.weightType() == DataType.FP8) {
            throw UserInputException.usage("the cpu backend cannot compute with FP8 weights; take a BF16 model");
        }
        long rows = PackedRows.padded(config.maxNumBatchedTokens());
        long widest = Math.max(2L * model.intermediateSize(), model.queryWidth() + 2L * model.kvWidth()) + PackedMatrix.PANEL;
        long sampling = PackedRows.padded(Math.min(config.maxNumSeqs(), config.maxNumBatchedTokens()));
        if (rows * widest > MAX_ARRAY || sampling * (model.vocabSize() + (long) PackedMatrix.PANEL) > MAX_ARRAY) {
            throw UserInputException.usage("max-num-batched-tokens " + config.maxNumBatchedTokens()
                    + " is more than the cpu backend can hold for this model; lower it or max-num-seqs");
        }
    }

    private static double gib(long bytes) {
        return bytes / (double) (1L << 30);
    }
}
