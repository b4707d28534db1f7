package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.model.HuggingFaceConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.step.StepObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Invariant I5: greedy output tokens depend neither on MBNT, nor on batch composition, preemption, prefix caching, asynchronous
/// scheduling or threads.
class GreedyTokensTest {
    private static final ModelConfig MODEL = new ModelConfig(
            "small",
            Architecture.QWEN3,
            64,
            2,
            4,
            2,
            32,
            96,
            300,
            true,
            true,
            false,
            1e-6f,
            new Rope(10000, Optional.empty()),
            512,
            DataType.BF16,
            List.of());
    private static final int REQUESTS = 12;

    private static final Map<String, List<Integer>> ALONE = new HashMap<>();

    /// Each request by itself, the whole prompt in one step.
    @BeforeAll
    static void serveOneAtATime() {
        EngineConfig config = config(1024, false, false, 0, 1);
        try (Engine engine = Engine.open(config)) {
            Outputs outputs = new Outputs();
            engine.run(requests(), OptionalInt.of(1), outputs);
            ALONE.putAll(outputs.tokens);
        }
    }

    static Stream<Arguments> settings() {
        List<Arguments> settings = new ArrayList<>();
        for (int tokens : new int[] {16, 64, 512, 4096}) {
            for (boolean caching : new boolean[] {false, true}) {
                for (boolean async : new boolean[] {false, true}) {
                    settings.add(Arguments.of(tokens, caching, async, 0, 1));
                    settings.add(Arguments.of(tokens, caching, async, 24, 1));
                }
            }
        }
        settings.add(Arguments.of(64, true, true, 24, 2));
        return settings.stream();
    }

    @ParameterizedTest(name = "MBNT {0}, caching {1}, async {2}, blocks {3}, threads {4}")
    @MethodSource("settings")
    void tokensAreThoseOfTheRequestAlone(int maxNumBatchedTokens, boolean caching, boolean async, int blocks, int threads) {
        Outputs outputs = new Outputs();
        try (Engine engine = Engine.open(config(maxNumBatchedTokens, caching, async, blocks, threads))) {
            engine.run(requests(), OptionalInt.empty(), outputs);
        }

        assertThat(outputs.tokens).isEqualTo(ALONE);
        if (blocks > 0) {
            assertThat(outputs.preemptions).as("the small pool was meant to preempt").isPositive();
        }
    }

    /// The same weights from files.
    @Test
    void aCheckpointOfTheDummyWeightsYieldsTheirTokens(@TempDir Path folder) throws IOException {
        DummyCheckpoint.write(folder, MODEL, 0, List.of());
        Outputs outputs = new Outputs();
        EngineConfig config = config(64, true, true, 0, 1);
        ModelConfig read = HuggingFaceConfig.read(folder.resolve("config.json"));
        assertThat(read).usingRecursiveComparison().ignoringFields("name").isEqualTo(MODEL);
        try (Engine engine = Engine.open(config.withWeights(folder))) {
            engine.run(requests(), OptionalInt.empty(), outputs);
        }

        assertThat(outputs.tokens).isEqualTo(ALONE);
    }

    /// The settings prove nothing if every request yields the same constant.
    @Test
    void outputsDiffer() {
        assertThat(ALONE).hasSize(REQUESTS);
        assertThat(ALONE.values().stream().distinct().count()).isGreaterThan(REQUESTS / 2);
        assertThat(ALONE.values().stream().flatMap(List::stream).collect(Collectors.toSet())).hasSizeGreaterThan(20);
    }

    private static EngineConfig config(int maxNumBatchedTokens, boolean caching, boolean async, int blocks, int threads) {
        SchedulerConfig scheduler =
                SchedulerConfig.of(maxNumBatchedTokens, 16, MODEL.maxModelLen()).withAsyncScheduling(async);
        EngineConfig config = EngineConfig.defaults(MODEL)
                .withScheduler(scheduler)
                .withPrefixCaching(caching)
                .withMemoryBytes(256L << 20)
                .withThreads(threads);
        return blocks == 0 ? config : config.withKvBlocks(blocks);
    }

    /// Prompts of 1 to 150 tokens, some with a common begin, all at once.
    private static List<Request> requests() {
        Random random = new Random(17);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            int length = 1 + random.nextInt(150);
            Prompt prompt = new Prompt.Seeded(length, i % 3 == 0 ? 1 : 100 + i);
            requests.add(Request.of("r" + i, prompt, 5 + random.nextInt(25), 0));
        }
        return requests;
    }

    private static final class Outputs implements StepObserver {
        private final Map<String, List<Integer>> tokens = new HashMap<>();
        private int preemptions;

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < sequence.outputTokens(); i++) {
                ids.add(sequence.outputToken(i));
            }
            tokens.put(sequence.request().id(), ids);
        }

        @Override
        public void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {
            preemptions++;
        }
    }
}
