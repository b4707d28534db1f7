package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The small model and the requests of a self-test.
final class SelfTestModel {
    /// Tokens that each request yields.
    static final int OUTPUTS = 6;
    static final int BLOCK_SIZE = 16;
    private static final long SEED = 0;
    private static final long MEMORY_BYTES = 256L << 20;

    /// Requests by prompt length and seed, each of whose tokens leads the second best one by more than the rounding of bf16 can
    /// change: a device that computes right has no choice. A test checks it in double precision.
    private static final int[][] DECIDED = {
        {1, 3}, {5, 1}, {16, 2}, {33, 1}, {48, 3}, {64, 7}, {70, 3}, {95, 1}, {120, 3}, {150, 8}
    };

    private SelfTestModel() {}

    /// Architecture of the engine checks.
    static ModelConfig config() {
        return ofHeads(4, 2, 32);
    }

    /// A small model of those heads.
    static ModelConfig ofHeads(int heads, int kvHeads, int headDim) {
        return new ModelConfig(
                "self-test",
                Architecture.QWEN3,
                64,
                2,
                heads,
                kvHeads,
                headDim,
                96,
                300,
                true,
                true,
                false,
                1e-6f,
                new Rope(10_000, Optional.empty()),
                1024,
                DataType.BF16,
                List.of());
    }

    /// How a backend is opened, with dummy weights.
    ///
    /// @param blocks KV blocks, the null block included
    static BackendConfig opened(int maxTokens, int maxSeqs, int blocks) {
        return new BackendConfig(
                config(),
                Optional.empty(),
                maxTokens,
                maxSeqs,
                BLOCK_SIZE,
                OptionalInt.of(blocks),
                DataType.BF16,
                MEMORY_BYTES,
                1,
                SEED,
                Optional.empty(),
                1);
    }

    /// Requests whose greedy tokens bf16 leaves no doubt about.
    static List<Request> decidedRequests() {
        List<Request> requests = new ArrayList<>();
        for (int[] prompt : DECIDED) {
            requests.add(Request.of("r" + requests.size(), new Prompt.Seeded(prompt[0], prompt[1]), OUTPUTS, 0));
        }
        return requests;
    }
}
