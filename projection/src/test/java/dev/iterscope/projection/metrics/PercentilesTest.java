package dev.iterscope.projection.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PercentilesTest {

    /// `numpy.percentile([1, 2, 4, 8, 16], [50, 90, 95, 99])` gives 4, 12.8, 14.4, 15.68.
    @Test
    void percentilesAreThoseOfNumpy() {
        double[] nanos = {16e6, 1e6, 8e6, 2e6, 4e6};

        Latency latency = Percentiles.exact(nanos, 5);

        assertThat(latency.p50()).isEqualTo(4);
        assertThat(latency.p90()).isCloseTo(12.8, within(1e-12));
        assertThat(latency.p95()).isCloseTo(14.4, within(1e-12));
        assertThat(latency.p99()).isCloseTo(15.68, within(1e-12));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void samplesThatOccurSeveralTimesAreAsGoodAsWrittenOut(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int n = random.nextInt(1, 40);
        double[] sorted = random.doubles(n, 0, 1e9).sorted().toArray();
        long[] counts = random.longs(n, 0, 5).toArray();
        counts[random.nextInt(n)]++;
        double[] written = new double[(int) Arrays.stream(counts).sum()];
        int at = 0;
        for (int i = 0; i < n; i++) {
            for (long k = 0; k < counts[i]; k++) {
                written[at++] = sorted[i];
            }
        }

        Latency weighted = Percentiles.weighted(sorted, counts);
        Latency exact = Percentiles.exact(written, written.length);

        assertThat(weighted.mean()).isCloseTo(exact.mean(), within(1e-9));
        assertThat(weighted.std()).isCloseTo(exact.std(), within(1e-9));
        assertThat(weighted.p50()).isCloseTo(exact.p50(), within(1e-9));
        assertThat(weighted.p90()).isCloseTo(exact.p90(), within(1e-9));
        assertThat(weighted.p95()).isCloseTo(exact.p95(), within(1e-9));
        assertThat(weighted.p99()).isCloseTo(exact.p99(), within(1e-9));
    }

    @Test
    void moreEqualGapsThanAWordCountsAreKept() {
        TokenGaps gaps = new TokenGaps();
        gaps.add(5_000_000, 100_000);
        gaps.add(1_000_000, 100_002);
        gaps.add(-1, 0);

        Latency latency = gaps.summary();

        assertThat(latency.p50()).isEqualTo(1);
        assertThat(latency.p90()).isEqualTo(5);
        assertThat(latency.mean()).isCloseTo((5.0 * 100_000 + 100_002) / 200_002, within(1e-12));
    }
}
