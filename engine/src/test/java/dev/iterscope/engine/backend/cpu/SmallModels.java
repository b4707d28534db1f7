package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Llama3Scaling;
import dev.iterscope.engine.model.ModelConfig.Rope;
import java.util.List;
import java.util.Optional;

/// Architectures small enough for a double-precision reference, with sizes that are no multiples of the kernels' blocks.
final class SmallModels {
    static final ModelConfig QWEN3 = of("small-qwen3", Architecture.QWEN3, 4, 2, 32, true, true, false, Optional.empty());
    static final ModelConfig QWEN2 = of("small-qwen2", Architecture.QWEN2, 6, 2, 16, false, false, true, Optional.empty());
    static final ModelConfig LLAMA = of(
            "small-llama", Architecture.LLAMA, 5, 5, 24, false, false, false, Optional.of(new Llama3Scaling(8, 1, 4, 64)));

    static final ModelConfig QWEN3_INT8 = QWEN3.withWeightType(DataType.INT8);

    private SmallModels() {}

    private static ModelConfig of(
            String name,
            Architecture architecture,
            int heads,
            int kvHeads,
            int headDim,
            boolean tied,
            boolean qkNorm,
            boolean bias,
            Optional<Llama3Scaling> scaling) {
        return new ModelConfig(
                name,
                architecture,
                72,
                2,
                heads,
                kvHeads,
                headDim,
                104,
                150,
                tied,
                qkNorm,
                bias,
                1e-6f,
                new Rope(10000, scaling),
                256,
                DataType.BF16,
                List.of());
    }
}
