package dev.iterscope.engine.model;

import dev.iterscope.engine.request.UserInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/// What `--model` names: a preset, a checkpoint's folder, or a Hugging Face `config.json`.
///
/// @param config    the architecture
/// @param directory the folder, where one was named: weights and tokenizer are looked for there
public record ModelReference(ModelConfig config, Optional<Path> directory) {

    /// Resolves the option's value: a preset's name first, then a path.
    ///
    /// @throws UserInputException when it is neither, or the configuration cannot be used
    public static ModelReference resolve(String nameOrPath) {
        Optional<ModelConfig> preset = ModelPresets.find(nameOrPath);
        if (preset.isPresent()) {
            return new ModelReference(preset.get(), Optional.empty());
        }
        Path path = pathOf(nameOrPath);
        if (Files.isDirectory(path)) {
            return new ModelReference(HuggingFaceConfig.read(path.resolve("config.json")), Optional.of(path));
        }
        if (Files.isRegularFile(path)) {
            return new ModelReference(HuggingFaceConfig.read(path), Optional.empty());
        }
        throw unknown(nameOrPath);
    }

    private static Path pathOf(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw unknown(text);
        }
    }

    private static UserInputException unknown(String nameOrPath) {
        return UserInputException.input(
                nameOrPath,
                "",
                "no such model preset, folder or file",
                "presets are " + String.join(", ", ModelPresets.names()));
    }
}
