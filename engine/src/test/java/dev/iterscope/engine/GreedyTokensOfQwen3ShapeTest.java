package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.GreedyRuns.Result;
import dev.iterscope.engine.GreedyRuns.Setting;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelPresets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Invariant I5 in the shape of Qwen3-0.6B: widths at which the kernels take every register block, stretches and chunks of rows.
///
/// By default two of the 28 layers, a tenth of the vocabulary and few settings. The whole model under all settings takes some minutes:
/// `-Diterscope.i5=all`.
class GreedyTokensOfQwen3ShapeTest {
    private static final boolean ALL = "all".equals(System.getProperty("iterscope.i5"));
    private static final ModelConfig MODEL = shape(ALL ? 28 : 2, ALL ? 151_936 : 16_384);
    private static final int REQUESTS = 6;
    private static final long MEMORY = 2L << 30;
    /// Fewer than the requests hold together.
    private static final int FEW_BLOCKS = 20;

    private static final Map<String, List<Integer>> ALONE = new HashMap<>();

    private static ModelConfig shape(int layers, int vocabulary) {
        ModelConfig whole = ModelPresets.find("qwen3-0.6b").orElseThrow();
        return new ModelConfig(
                "qwen3-0.6b with " + layers + " layers and " + vocabulary + " tokens",
                whole.architecture(),
                whole.hiddenSize(),
                layers,
                whole.heads(),
                whole.kvHeads(),
                whole.headDim(),
                whole.intermediateSize(),
                vocabulary,
                whole.tiedEmbeddings(),
                whole.qkNorm(),
                whole.attentionBias(),
                whole.rmsNormEps(),
                whole.rope(),
                512,
                whole.weightType(),
                List.of());
    }

    @BeforeAll
    static void serveOneAtATime() {
        ALONE.putAll(GreedyRuns.alone(MODEL, GreedyRuns.requests(REQUESTS), MEMORY));
    }

    static Stream<Setting> settings() {
        if (!ALL) {
            return Stream.of(
                    new Setting(16, true, true, FEW_BLOCKS, 2),
                    new Setting(64, true, false, 0, 1),
                    new Setting(512, false, true, FEW_BLOCKS, 2));
        }
        List<Setting> settings = new ArrayList<>();
        for (int tokens : new int[] {16, 64, 512, 1024}) {
            for (boolean caching : new boolean[] {false, true}) {
                for (boolean async : new boolean[] {false, true}) {
                    settings.add(new Setting(tokens, caching, async, 0, 1));
                    settings.add(new Setting(tokens, caching, async, FEW_BLOCKS, 2));
                }
            }
        }
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

    @Test
    void outputsDiffer() {
        assertThat(ALONE).hasSize(REQUESTS);
        assertThat(ALONE.values().stream().distinct().count()).isEqualTo(REQUESTS);
        assertThat(ALONE.values().stream().flatMap(List::stream).collect(Collectors.toSet())).hasSizeGreaterThan(20);
    }
}
