package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.request.SamplingParams;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
    private static final int VOCABULARY = 50;
    private static final int DRAWS = 40_000;

    @Test
    void greedyTakesTheLowestOfEqualLogits() {
        float[] logits = {0, 0, 3, 1, 3, 2};

        assertThat(new Sampler(6).choose(logits, 0, SamplingParams.GREEDY, 4)).isEqualTo(2);
        assertThat(new Sampler(3).choose(logits, 3, SamplingParams.GREEDY, 4)).isEqualTo(1);
    }

    /// Frequencies against probabilities worked out by sorting, in double precision.
    @ParameterizedTest(name = "temperature {0}, top-k {1}, top-p {2}")
    @CsvSource({"1, 0, 1", "0.5, 0, 1", "2, 7, 1", "1, 0, 0.8", "1, 12, 0.6", "1, 1, 1", "1, 0, 1e-6", "1, 1000, 0.999"})
    void frequenciesAreTheProbabilities(float temperature, int topK, float topP) {
        float[] logits = logits();
        double[] expected = probabilities(logits, temperature, topK, topP);
        Sampler sampler = new Sampler(VOCABULARY);
        int[] counts = new int[VOCABULARY];
        for (int position = 0; position < DRAWS; position++) {
            counts[sampler.choose(logits, 0, new SamplingParams(temperature, topK, topP, 99), position)]++;
        }

        for (int token = 0; token < VOCABULARY; token++) {
            double sigma = Math.sqrt(expected[token] * (1 - expected[token]) / DRAWS);
            assertThat(counts[token] / (double) DRAWS).as("token %d", token).isCloseTo(expected[token], within(5 * sigma + 1e-12));
        }
    }

    @Test
    void theSameSeedAndPositionGiveTheSameToken() {
        float[] logits = logits();
        SamplingParams params = new SamplingParams(1, 20, 0.9f, 7);

        for (int position = 0; position < 100; position++) {
            assertThat(new Sampler(VOCABULARY).choose(logits, 0, params, position))
                    .isEqualTo(new Sampler(VOCABULARY).choose(logits, 0, params, position));
        }
        assertThat(IntStream.range(0, 100).map(p -> new Sampler(VOCABULARY).choose(logits, 0, params, p)).distinct().count())
                .isGreaterThan(3);
    }

    private static float[] logits() {
        Random random = new Random(2);
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = (float) random.nextGaussian() * 2;
        }
        return logits;
    }

    private static double[] probabilities(float[] logits, double temperature, int topK, double topP) {
        double[] p = new double[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            p[i] = Math.exp(logits[i] / temperature);
        }
        List<Integer> order = IntStream.range(0, VOCABULARY)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -p[i]))
                .limit(topK == 0 ? VOCABULARY : topK)
                .toList();
        double mass = order.stream().mapToDouble(i -> p[i]).sum();
        double[] kept = new double[VOCABULARY];
        double total = 0;
        for (int token : order) {
            if (total >= topP * mass) {
                break;
            }
            kept[token] = p[token];
            total += p[token];
        }
        double sum = total;
        return Arrays.stream(kept).map(v -> v / sum).toArray();
    }
}
