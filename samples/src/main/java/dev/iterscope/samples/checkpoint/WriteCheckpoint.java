package dev.iterscope.samples.checkpoint;

import dev.iterscope.engine.DummyCheckpoint;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Writes a small random Qwen3 checkpoint, so that everything that loads a model can be tried without downloading one.
///
///     java -cp ... dev.iterscope.samples.checkpoint.WriteCheckpoint FOLDER
///     bin/iterscope run --model FOLDER --prompt "the scheduler plans a step"
///
/// Its words are drawn at random: what it says is nonsense, how it is served is not.
public final class WriteCheckpoint {
    private static final List<String> WORDS = List.of(
            "the", "a", "of", "and", "scheduler", "plans", "runs", "step", "batch", "token", "tokens", "request", "requests", "block",
            "blocks", "cache", "prefill", "decode", "kernel", "memory");
    private static final int VOCABULARY = 512;

    private static final ModelConfig MODEL = new ModelConfig(
            "small",
            Architecture.QWEN3,
            128,
            2,
            4,
            2,
            32,
            384,
            VOCABULARY,
            true,
            true,
            false,
            1e-6f,
            new Rope(1e6, Optional.empty()),
            2048,
            DataType.BF16,
            List.of(VOCABULARY - 1));

    private WriteCheckpoint() {}

    /// Writes the checkpoint to the folder named by the only argument.
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            throw new IllegalArgumentException("usage: WriteCheckpoint FOLDER");
        }
        DummyCheckpoint.write(Path.of(arguments[0]), MODEL, 0, WORDS);
    }
}
