package dev.iterscope.projection.cli;

import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.EngineLimits;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What an engine is opened with: the options of `run` and `sweep --measure` that are not limits.
@Topic.Of(Topic.ENGINE)
final class EngineMixin {
    private static final Pattern SIZE = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([kmgt]?)(i?)b?", Pattern.CASE_INSENSITIVE);

    /// vLLM's.
    private static final double DEFAULT_UTILIZATION = 0.9;

    @Option(names = "--load-format", paramLabel = "FORMAT", defaultValue = "auto",
            description = "auto: the folder's weights, else dummy; dummy: weights made from a seed.")
    private String loadFormat = "auto";

    @Option(names = "--memory", paramLabel = "SIZE",
            description = "Weights, activations and KV cache together (2GiB; on a GPU what --gpu-memory-utilization says).")
    private @Nullable String memory;

    @Option(names = "--gpu-memory-utilization", paramLabel = "SHARE",
            description = "The same as a share of the GPU's memory, above 0 and up to 1 (0.9).")
    private @Nullable Double gpuMemoryUtilization;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that execute a step (one per processor).")
    private @Nullable Integer threads;

    /// The engine's configuration but for limits and observation.
    ///
    /// @param backend   backend
    /// @param reference the model
    /// @param kernels   options that engines and kernels share: the types of weights and of the KV cache
    /// @throws UserInputException for a size that cannot be used
    EngineConfig config(String backend, ModelReference reference, KernelMixin kernels) {
        EngineConfig config = EngineConfig.defaults(quantised(reference.config(), kernels.engineQuantization()))
                .withBackend(backend)
                .withMemoryBytes(memoryBytes(backend))
                .withKvType(kvType(kernels.engineKvCacheType().orElse("auto")));
        if (threads != null) {
            if (threads < 1) {
                throw UserInputException.usage("--threads must be at least 1: " + threads);
            }
            config = config.withThreads(threads);
        }
        return switch (loadFormat.toLowerCase(Locale.ROOT)) {
            case "dummy" -> config;
            case "auto" -> reference.directory().isPresent() ? config.withWeights(reference.directory().get()) : config;
            default -> throw UserInputException.usage("--load-format must be auto or dummy: " + loadFormat);
        };
    }

    private static ModelConfig quantised(ModelConfig model, Optional<String> quantization) {
        return switch (quantization.orElse("none").toLowerCase(Locale.ROOT)) {
            case "none", "bfloat16" -> model;
            case "int8" -> model.withWeightType(DataType.INT8);
            default -> throw UserInputException.usage("--quantization must be int8 or bfloat16 (as the checkpoint is) for an engine: "
                    + quantization.orElse(""));
        };
    }

    private static DataType kvType(String kvCacheType) {
        return switch (kvCacheType.toLowerCase(Locale.ROOT)) {
            case "auto", "bfloat16", "bf16" -> DataType.BF16;
            case "float32", "f32" -> DataType.F32;
            default -> throw UserInputException.usage("--kv-cache-dtype must be auto, bfloat16 or float32: " + kvCacheType);
        };
    }

    /// Whether the user said how much memory there is.
    boolean memoryGiven() {
        return memory != null || gpuMemoryUtilization != null;
    }

    private long memoryBytes(String backend) {
        Double share = gpuMemoryUtilization;
        if (share != null && !(share > 0 && share <= 1)) {
            throw UserInputException.usage("--gpu-memory-utilization must be above 0 and at most 1: " + share);
        }
        if (memory != null) {
            if (share != null) {
                throw UserInputException.usage("--memory and --gpu-memory-utilization say the same; give one");
            }
            return bytes("--memory", memory);
        }
        OptionalLong device = Engine.deviceMemoryBytes(backend);
        if (device.isEmpty()) {
            if (share != null) {
                throw UserInputException.usage("--gpu-memory-utilization is for a backend with memory of its own, not " + backend
                        + "; give --memory");
            }
            return EngineConfig.DEFAULT_MEMORY_BYTES;
        }
        return (long) (device.getAsLong() * (share != null ? share : DEFAULT_UTILIZATION));
    }

    /// Applies limits and policies to a configuration; says on the console what was lowered.
    static EngineConfig limited(
            EngineConfig config, OptionalInt budget, OptionalInt sequences, LimitsMixin limits, Console console) {
        EngineLimits resolved = EngineLimits.resolve(
                budget, sequences, config.scheduler().maxNumBatchedTokens(), config.scheduler().maxNumSeqs());
        resolved.note().ifPresent(console::note);
        return limits.apply(config, resolved.maxNumBatchedTokens(), resolved.maxNumSeqs());
    }

    /// A size like `2GiB`, `512M` or a number of bytes; k, M, G and T are powers of 1024.
    static long bytes(String option, String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw UserInputException.usage(option + " must be a size like 2GiB or 512MiB: " + text);
        }
        int power = "kmgt".indexOf(matcher.group(2).toLowerCase(Locale.ROOT)) + 1;
        double bytes = Double.parseDouble(matcher.group(1)) * Math.pow(1024, matcher.group(2).isEmpty() ? 0 : power);
        if (!(bytes >= 1 && bytes < 1L << 50)) {
            throw UserInputException.usage(option + " is out of range: " + text);
        }
        return (long) bytes;
    }
}
