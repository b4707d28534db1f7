package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Choosing tokens, against sorting and counting.
class SamplingKernelTest {
    private static final ModelShape SHAPE = new ModelShape(Rig.model(4, 2, 64), 2048, 2048, 16);

    /// How each of the rows is sampled.
    private record Choice(float temperature, float topP, int topK) {
        static final Choice GREEDY = new Choice(0, 1, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 511, 513, 5000})
    void greedyTakesTheLargestAndOfEqualOnesTheLowest(int vocabulary) {
        Rig rig = Rig.create(vocabulary, 64);
        float[] logits = rig.values(6 * vocabulary);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Math.round(logits[i] * 40) - 60f; // many ties, all negative
        }

        int[] tokens = sample(rig, logits, vocabulary, Choice.GREEDY, new long[6]);

        for (int row = 0; row < 6; row++) {
            int best = 0;
            for (int i = 1; i < vocabulary; i++) {
                best = logits[row * vocabulary + i] > logits[row * vocabulary + best] ? i : best;
            }
            assertThat(tokens[row]).as("row %d", row).isEqualTo(best);
        }
    }

    @Test
    void notANumberNeverWins() {
        Rig rig = Rig.create(1, 64);

        assertThat(sample(rig, new float[] {Float.NaN, -3, Float.NaN, -2}, 4, Choice.GREEDY, new long[1])).containsExactly(3);
        assertThat(sample(rig, new float[] {Float.NaN, Float.NaN}, 2, new Choice(1, 0.5f, 1), new long[1])).containsExactly(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void drawsOnlyWhatTopKAndTopPKeepInProportion(long seed) {
        Rig rig = Rig.create(seed, 64);
        int vocabulary = 20 + rig.random().nextInt(600);
        Choice choice = new Choice(
                0.5f + rig.random().nextInt(3) * 0.5f,
                rig.random().nextBoolean() ? 1 : 0.3f + rig.random().nextInt(6) * 0.1f,
                rig.random().nextBoolean() ? 0 : 1 + rig.random().nextInt(vocabulary));
        float[] row = rig.values(vocabulary);
        for (int i = 0; i < vocabulary; i++) {
            row[i] *= 6;
        }
        double[] expected = kept(row, choice);
        int draws = 800;
        float[] logits = new float[draws * vocabulary];
        long[] random = new long[draws];
        for (int i = 0; i < draws; i++) {
            System.arraycopy(row, 0, logits, i * vocabulary, vocabulary);
            // evenly spread over the unit interval: frequencies then follow probabilities to within one draw
            random[i] = (long) ((i + 0.5) / draws * 0x1p32) << 32;
        }

        int[] tokens = sample(rig, logits, vocabulary, choice, random);

        int[] counts = new int[vocabulary];
        for (int token : tokens) {
            counts[token]++;
        }
        for (int i = 0; i < vocabulary; i++) {
            assertThat((double) counts[i]).as("seed %d, %s, token %d", seed, choice, i).isCloseTo(expected[i] * draws, within(1.01));
        }
    }

    @Test
    void topOneIsGreedyWhateverTheTemperature() {
        Rig rig = Rig.create(3, 64);
        float[] logits = rig.values(4 * 300);

        assertThat(sample(rig, logits, 300, new Choice(2, 1, 1), new long[] {-1, 0, 1L << 62, 12345}))
                .isEqualTo(sample(rig, logits, 300, Choice.GREEDY, new long[4]));
    }

    /// Probabilities after top-k and then top-p, by sorting; all tokens tied at a cut are kept.
    private static double[] kept(float[] row, Choice choice) {
        Integer[] order = new Integer[row.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Float.compare(row[b], row[a]));
        Set<Integer> kept = new TreeSet<>();
        for (int i = 0; i < row.length; i++) {
            if (choice.topK == 0 || i < choice.topK || row[order[i]] == row[order[choice.topK - 1]]) {
                kept.add(order[i]);
            }
        }
        double total = kept.stream().mapToDouble(i -> Math.exp(row[i] / choice.temperature)).sum();
        double running = 0;
        float cut = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < kept.size() && running < choice.topP * total; i++) {
            running += Math.exp(row[order[i]] / choice.temperature);
            cut = row[order[i]];
        }
        float lowest = choice.topP < 1 ? cut : Float.NEGATIVE_INFINITY;
        kept.removeIf(i -> row[i] < lowest);
        double left = kept.stream().mapToDouble(i -> Math.exp(row[i] / choice.temperature)).sum();
        double[] probabilities = new double[row.length];
        kept.forEach(i -> probabilities[i] = Math.exp(row[i] / choice.temperature) / left);
        return probabilities;
    }

    private static int[] sample(Rig rig, float[] logits, int vocabulary, Choice choice, long[] random) {
        int rows = logits.length / vocabulary;
        StepUpload step = new StepUpload(SHAPE, 16);
        step.begin();
        for (int row = 0; row < rows; row++) {
            step.beginEntry(0, 1, new int[] {1});
            step.token(0, 0);
            step.sample(rows - 1 - row, choice.temperature == 0 ? 0 : 1 / choice.temperature, choice.topP, choice.topK, random[row]);
        }
        long sampled = rig.driver().allocate(4L * rows);
        rig.kernels().sample(rows, sampled, rig.arrays().floats(logits), rig.upload(step, SHAPE), vocabulary);
        int[] reversed = rig.arrays().readInts(sampled, rows); // each row was told to write to its place from the end
        int[] tokens = new int[rows];
        Arrays.setAll(tokens, i -> reversed[rows - 1 - i]);
        return tokens;
    }
}
