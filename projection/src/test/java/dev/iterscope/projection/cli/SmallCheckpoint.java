package dev.iterscope.projection.cli;

import dev.iterscope.engine.DummyCheckpoint;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A checkpoint of a few kilobytes.
final class SmallCheckpoint {
    private static final ModelConfig MODEL = new ModelConfig(
            "small", Architecture.QWEN3, 32, 1, 2, 1, 32, 64, 40, true, true, false, 1e-6f, new Rope(1e4, Optional.empty()), 256,
            DataType.BF16, List.of());

    private SmallCheckpoint() {}

    static Path write(Path folder) throws IOException {
        DummyCheckpoint.write(folder, MODEL, 3, List.of("a", "batch", "of", "tokens"));
        return folder;
    }
}
