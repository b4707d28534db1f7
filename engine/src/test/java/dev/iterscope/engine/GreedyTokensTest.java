package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.GreedyRuns.Result;
import dev.iterscope.engine.GreedyRuns.Setting;
import dev.iterscope.engine.model.HuggingFaceConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
    private static final long MEMORY = 256L << 20;
    private static final int FEW_BLOCKS = 24;

    private static final Map<String, List<Integer>> ALONE = new HashMap<>();

    @BeforeAll
    static void serveOneAtATime() {
        ALONE.putAll(GreedyRuns.alone(MODEL, GreedyRuns.requests(REQUESTS), MEMORY));
    }

    static Stream<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        for (int tokens : new int[] {16, 64, 512, 4096}) {
            for (boolean caching : new boolean[] {false, true}) {
                for (boolean async : new boolean[] {false, true}) {
                    settings.add(new Setting(tokens, caching, async, 0, 1));
                    settings.add(new Setting(tokens, caching, async, FEW_BLOCKS, 1));
                }
            }
        }
        settings.add(new Setting(64, true, true, FEW_BLOCKS, 2));
        return settings.stream();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void tokensAreThoseOfTheRequestAlone(Setting setting) {
        Result result = GreedyRuns.together(GreedyRuns.config(MODEL, setting, MEMORY), GreedyRuns.requests(REQUESTS));

        assertThat(result.tokens()).isEqualTo(ALONE);
        if (setting.blocks() > 0) {
            assertThat(result.preemptions()).as("the small pool was meant to preempt").isPositive();
        }
    }

    /// The same weights from files.
    @Test
    void aCheckpointOfTheDummyWeightsYieldsTheirTokens(@TempDir Path folder) throws IOException {
        DummyCheckpoint.write(folder, MODEL, 0, List.of());
        ModelConfig read = HuggingFaceConfig.read(folder.resolve("config.json"));
        assertThat(read).usingRecursiveComparison().ignoringFields("name").isEqualTo(MODEL);
        EngineConfig config = GreedyRuns.config(MODEL, new Setting(64, true, true, 0, 1), MEMORY);

        assertThat(GreedyRuns.together(config.withWeights(folder), GreedyRuns.requests(REQUESTS)).tokens()).isEqualTo(ALONE);
    }

    /// Integer weights have tokens of their own, which depend on the setting as little.
    @Test
    void quantisedWeightsKeepTheLawToo() {
        ModelConfig model = MODEL.withWeightType(DataType.INT8);
        Map<String, List<Integer>> alone = GreedyRuns.alone(model, GreedyRuns.requests(REQUESTS), MEMORY);
        assertThat(alone).isNotEqualTo(ALONE);
        for (Setting setting : List.of(new Setting(16, true, true, 0, 1), new Setting(64, true, true, FEW_BLOCKS, 2))) {
            EngineConfig config = GreedyRuns.config(model, setting, MEMORY);
            assertThat(GreedyRuns.together(config, GreedyRuns.requests(REQUESTS)).tokens()).isEqualTo(alone);
        }
    }

    /// The settings prove nothing if every request yields the same constant.
    @Test
    void outputsDiffer() {
        assertThat(ALONE).hasSize(REQUESTS);
        assertThat(ALONE.values().stream().distinct().count()).isGreaterThan(REQUESTS / 2);
        assertThat(ALONE.values().stream().flatMap(List::stream).collect(Collectors.toSet())).hasSizeGreaterThan(20);
    }
}
