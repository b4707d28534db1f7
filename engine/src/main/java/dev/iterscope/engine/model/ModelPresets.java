package dev.iterscope.engine.model;

import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Llama3Scaling;
import dev.iterscope.engine.model.ModelConfig.Rope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Architectures that need no file. All but `tiny` have the dimensions of the published checkpoint's `config.json`.
public final class ModelPresets {

    /// The default: small enough for two CPU cores, large enough that a step's time grows visibly with its tokens.
    public static final ModelConfig TINY = qwen3("tiny", new Shape(512, 8, 8, 4, 64, 1536, 8192), true, 8192);

    private static final Optional<Llama3Scaling> LLAMA_3_1 = Optional.of(new Llama3Scaling(8, 1, 4, 8192));

    private static final Map<String, ModelConfig> BY_NAME = byName(List.of(
            TINY,
            qwen3("qwen3-0.6b", new Shape(1024, 28, 16, 8, 128, 3072, 151936), true, 40960),
            qwen3("qwen3-8b", new Shape(4096, 36, 32, 8, 128, 12288, 151936), false, 40960),
            qwen3("qwen3-32b", new Shape(5120, 64, 64, 8, 128, 25600, 151936), false, 40960),
            llama("llama-3.1-8b", new Shape(4096, 32, 32, 8, 128, 14336, 128256)),
            llama("llama-3.1-70b", new Shape(8192, 80, 64, 8, 128, 28672, 128256))));

    private ModelPresets() {}

    /// The preset of that name, if there is one.
    public static Optional<ModelConfig> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /// Names of all presets, smallest model first within a family.
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    private static Map<String, ModelConfig> byName(List<ModelConfig> configs) {
        Map<String, ModelConfig> map = new LinkedHashMap<>();
        configs.forEach(config -> map.put(config.name(), config));
        return map;
    }

    private record Shape(int hidden, int layers, int heads, int kvHeads, int headDim, int intermediate, int vocabulary) {}

    private static ModelConfig qwen3(String name, Shape shape, boolean tied, int maxModelLen) {
        return new ModelConfig(
                name,
                Architecture.QWEN3,
                shape.hidden,
                shape.layers,
                shape.heads,
                shape.kvHeads,
                shape.headDim,
                shape.intermediate,
                shape.vocabulary,
                tied,
                true,
                false,
                1e-6f,
                new Rope(1e6, Optional.empty()),
                maxModelLen,
                DataType.BF16,
                shape.vocabulary > 151645 ? List.of(151645) : List.of());
    }

    private static ModelConfig llama(String name, Shape shape) {
        return new ModelConfig(
                name,
                Architecture.LLAMA,
                shape.hidden,
                shape.layers,
                shape.heads,
                shape.kvHeads,
                shape.headDim,
                shape.intermediate,
                shape.vocabulary,
                false,
                false,
                false,
                1e-5f,
                new Rope(5e5, LLAMA_3_1),
                131072,
                DataType.BF16,
                List.of(128001));
    }
}
