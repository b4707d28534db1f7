package dev.iterscope.projection.cli;

import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.recording.ModelFacts;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `--model`: what is run, whose kernels a profile is asked for, or what a log's server served.
final class ModelOption {
    private static final String DEFAULT_MODEL = "tiny";

    @Option(names = "--model", paramLabel = "MODEL",
            description = "A preset (tiny, qwen3-0.6b, qwen3-8b, qwen3-32b, llama-3.1-8b, llama-3.1-70b), a checkpoint's folder, or a config.json (recorded, else tiny). Beside a log: what its server served, so that costs are shown as rates.")
    private @Nullable String model;

    /// The option, else the recorded preset, else `tiny`.
    ///
    /// @throws UserInputException for a model that cannot be used
    ModelReference resolve(Optional<String> recorded) {
        return given().orElseGet(() -> ModelReference.resolve(
                recorded.filter(name -> ModelPresets.find(name).isPresent()).orElse(DEFAULT_MODEL)));
    }

    /// The dimensions of the model that the option names, for recordings that do not say them.
    ///
    /// @param kvType type of the recorded KV cache, where it is known
    Optional<ModelFacts> dimensions(Optional<String> kvType) {
        return given().map(ModelReference::config).map(config -> new ModelFacts(
                config.name(),
                config.architecture().name().toLowerCase(Locale.ROOT),
                config.hiddenSize(),
                config.layers(),
                config.heads(),
                config.kvHeads(),
                config.headDim(),
                config.intermediateSize(),
                config.vocabSize(),
                config.weightBytes(),
                config.kvBytesPerToken(kvType.filter(type -> type.startsWith("fp8")).isPresent() ? DataType.FP8 : DataType.BF16),
                config.tiedEmbeddings()));
    }

    /// The option alone.
    Optional<ModelReference> given() {
        return Optional.ofNullable(model).map(ModelReference::resolve);
    }
}
