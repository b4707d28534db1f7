package dev.iterscope.engine;

import dev.iterscope.engine.checkpoint.CheckpointWriter;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Writes the dummy weights of a model as a checkpoint in Hugging Face's layout: something to load where no real one is at hand.
/// An engine that loads it yields the same tokens as one with dummy weights of the same seed.
public final class DummyCheckpoint {
    private DummyCheckpoint() {}

    /// Writes `config.json`, `model.safetensors`, a `tokenizer.json` of whole words and `generation_config.json`.
    ///
    /// @param folder is made where it is missing; files in it are replaced
    /// @param model  architecture; its type is F32, F16 or BF16
    /// @param seed   seed of the weights
    /// @param words  the first words of the tokenizer's vocabulary; the others are numbered
    /// @throws IOException when a file cannot be written
    public static void write(Path folder, ModelConfig model, long seed, List<String> words) throws IOException {
        try (TensorSource source = TensorSource.dummy(seed)) {
            new CheckpointWriter(model, source).write(folder, words);
        }
    }
}
