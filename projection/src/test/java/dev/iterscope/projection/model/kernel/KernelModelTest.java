package dev.iterscope.projection.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelModelTest {
    private static final int[] TOKENS = {1, 2, 4, 8, 16, 17, 32, 33, 64, 65, 128, 129, 256, 257, 512, 513, 1024, 1025, 2048, 2049, 4096};
    private static final int[] WIDTHS = {512, 1024, 2048, 4096, 8192};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void predictsARowThatWasLeftOutFromItsNeighbours(long seed) {
        KernelModel model = KernelModel.fit(gemm(seed, 0.01));

        List<Folds.Result> folds = Folds.evaluate(model);

        assertThat(folds).extracting(Folds.Result::fold).containsExactly("interior", "shape");
        assertThat(folds.getFirst().medianApe()).isLessThan(4);
        assertThat(folds.get(1).medianApe()).isLessThan(4);
        assertThat(folds.getFirst().coverage95()).isBetween(0.88, 0.99);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void timesGrowWithWorkAndIntervalsWidenOutsideTheMeasured(long seed) {
        KernelModel model = KernelModel.fit(gemm(seed, 0.01));

        KernelModel.Prediction inside = model.predict(700, 3000, 3000, 0);
        KernelModel.Prediction outside = model.predict(65536, 65536, 3000, 0);

        double truth = truth(65536, 65536, 3000);
        assertThat(outside.time()).isCloseTo(truth, within(0.25 * truth));
        assertThat(outside.high95() / outside.low95()).isGreaterThan(1.5 * inside.high95() / inside.low95());
        double before = 0;
        for (int m = 64; m <= 1 << 17; m *= 2) {
            double time = model.predict(m, 4096, 4096, 0).time();
            assertThat(time).isGreaterThan(before * 0.97);
            before = time;
        }
    }

    @Test
    void unalignedTokensKeepTheirOwnLevel() {
        KernelModel model = KernelModel.fit(gemm(1, 0.0));

        // 96 and 97 were never measured; multiples of 4 are 4 us faster.
        double aligned = model.predict(96, 512, 512, 0).time();
        double unaligned = model.predict(97, 512, 512, 0).time();

        assertThat(unaligned - aligned).isBetween(2.0, 6.0);
    }

    @Test
    void aTypeNeverMeasuredIsPredictedFromTheNearestWithAWideInterval() {
        KernelModel model = KernelModel.fit(gemm(1, 0.01));

        KernelModel.Prediction other = model.predict(4096, 4096, 4096, MatrixType.FLOAT32.code());

        assertThat(other.time()).isGreaterThan(model.predict(4096, 4096, 4096, 0).time());
        assertThat(other.high95() / other.low95()).isGreaterThan(2);
    }

    @Test
    void rowsMeasuredTwiceAreAveraged() {
        int[][] sizes = new int[20][];
        double[] times = new double[20];
        for (int i = 0; i < 20; i++) {
            sizes[i] = new int[] {1 << (i / 2)};
            times[i] = i % 2 == 0 ? 10 : 40;
        }

        KernelModel model = KernelModel.fit(new KernelTable("layer", Kernel.TOKENS, KernelTable.TimeUnit.MICROSECONDS, sizes, times));

        assertThat(model.table().size()).isEqualTo(10);
        assertThat(model.table().time(3)).isCloseTo(20, within(1e-9));
    }

    /// Time of a made-up device: 1e14 FLOP/s, 2e12 B/s, 3 us, and 4 us more for tokens that are no multiple of 4.
    private static double truth(int m, int n, int k) {
        double compute = 2.0 * m * n * k / 1e14 * 1e6;
        double memory = 2.0 * ((double) m * k + (double) n * k + (double) m * n) / 2e12 * 1e6;
        return 3 + Math.max(compute, memory) + (m % 4 == 0 ? 0 : 4);
    }

    private static KernelTable gemm(long seed, double noise) {
        SplittableRandom random = new SplittableRandom(seed);
        List<int[]> sizes = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (int m : TOKENS) {
            for (int n : WIDTHS) {
                for (int k : WIDTHS) {
                    sizes.add(new int[] {m, n, k, 0});
                    times.add(truth(m, n, k) * (1 + noise * random.nextGaussian()));
                }
            }
        }
        return new KernelTable("gemm", Kernel.GEMM, KernelTable.TimeUnit.MICROSECONDS, sizes.toArray(int[][]::new),
                times.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
