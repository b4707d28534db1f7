package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.EngineLimits;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What an engine is opened with: the options of `run` and `sweep --measure` that are not limits.
final class EngineMixin {
    private static final String DEFAULT_MODEL = "tiny";
    private static final Pattern SIZE = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([kmgt]?)(i?)b?", Pattern.CASE_INSENSITIVE);

    @Option(names = "--model", paramLabel = "MODEL",
            description = "A preset (tiny, qwen3-0.6b, qwen3-8b, qwen3-32b, llama-3.1-8b, llama-3.1-70b), a checkpoint's folder, or a config.json (recorded, else tiny).")
    private @Nullable String model;

    @Option(names = "--load-format", paramLabel = "FORMAT", defaultValue = "auto",
            description = "auto: the folder's weights, else dummy; dummy: weights made from a seed.")
    private String loadFormat = "auto";

    @Option(names = "--memory", paramLabel = "SIZE", defaultValue = "2GiB",
            description = "Weights, activations and KV cache together (default: ${DEFAULT-VALUE}).")
    private String memory = "2GiB";

    @Option(names = "--threads", paramLabel = "N", description = "Threads that execute a step (one per processor).")
    private @Nullable Integer threads;

    /// The model's option, else the recorded preset, else `tiny`.
    ///
    /// @throws UserInputException for a model that cannot be used
    ModelReference model(Optional<String> recorded) {
        String given = model;
        if (given != null) {
            return ModelReference.resolve(given);
        }
        return ModelReference.resolve(recorded.filter(name -> ModelPresets.find(name).isPresent()).orElse(DEFAULT_MODEL));
    }

    /// The engine's configuration but for limits and observation.
    ///
    /// @param backend  backend
    /// @param recorded the recorded model's name, if any
    /// @throws UserInputException for a model or size that cannot be used
    EngineConfig config(String backend, Optional<String> recorded) {
        ModelReference reference = model(recorded);
        EngineConfig config = EngineConfig.defaults(reference.config()).withBackend(backend).withMemoryBytes(bytes("--memory", memory));
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

    /// Applies limits and policies to a configuration; says on the console what was lowered.
    static EngineConfig limited(
            EngineConfig config, OptionalInt budget, OptionalInt sequences, LimitsMixin limits, Console console) {
        EngineLimits resolved = EngineLimits.resolve(
                budget, sequences, EngineConfig.DEFAULT_MAX_NUM_BATCHED_TOKENS, EngineConfig.DEFAULT_MAX_NUM_SEQS);
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
