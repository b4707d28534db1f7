package dev.iterscope.projection.cli;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `--model`: what is run, or whose kernels a profile is asked for.
final class ModelOption {
    private static final String DEFAULT_MODEL = "tiny";

    @Option(names = "--model", paramLabel = "MODEL",
            description = "A preset (tiny, qwen3-0.6b, qwen3-8b, qwen3-32b, llama-3.1-8b, llama-3.1-70b), a checkpoint's folder, or a config.json (recorded, else tiny).")
    private @Nullable String model;

    /// The option, else the recorded preset, else `tiny`.
    ///
    /// @throws UserInputException for a model that cannot be used
    ModelReference resolve(Optional<String> recorded) {
        return given().orElseGet(() -> ModelReference.resolve(
                recorded.filter(name -> ModelPresets.find(name).isPresent()).orElse(DEFAULT_MODEL)));
    }

    /// The option alone.
    Optional<ModelReference> given() {
        return Optional.ofNullable(model).map(ModelReference::resolve);
    }
}
