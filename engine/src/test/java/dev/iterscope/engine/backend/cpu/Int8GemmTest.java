package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Products with weights of 8-bit integers, against double precision.
class Int8GemmTest {
    /// Four panels at once, one alone, and one that is not full.
    private static final int COLUMNS = 170;

    /// Two whole groups and a shorter one; one group that is not whole; an odd depth; several stretches.
    static Stream<Arguments> shapes() {
        return Stream.of(300, 72, 131, 2100).flatMap(depth -> Stream.of(1, 2, 5, 12, 13, 40).map(rows -> Arguments.of(depth, rows)));
    }

    @ParameterizedTest(name = "depth {0}, {1} rows")
    @MethodSource("shapes")
    void productsAreThoseOfTheRoundedWeightsAndNearThoseOfTheWeights(int depth, int rows) {
        float[][] a = random(rows, depth, 1);
        float[][] w = random(COLUMNS, depth, 2);
        try (NativeMemory memory = new NativeMemory();
                WorkerPool pool = new WorkerPool(2)) {
            PackedMatrix matrix = matrix(memory, w, depth);
            float[] scalar = product(a, matrix, new ScalarKernels(), pool);
            assertThat(product(a, matrix, new VectorKernels(), pool)).isEqualTo(scalar);
            int stride = stride();
            for (int r = 0; r < rows; r++) {
                for (int column = 0; column < COLUMNS; column++) {
                    float[] held = new float[depth];
                    matrix.column(column, held, 0);
                    double[] sums = sums(a[r], w[column], held);
                    // A sum of n products in single precision is off by at most n roundings of its absolute sum (Higham, 2002).
                    double rounding = sums[2] * depth * 0x1p-24;
                    assertThat((double) scalar[r * stride + column]).isCloseTo(sums[0], within(rounding));
                    assertThat(sums[0]).as("half a scale a weight").isCloseTo(sums[1], within(sums[3]));
                }
            }
        }
    }

    /// Every row by itself, with the kernel of one row, gives the bits of the rows together.
    @Test
    void aRowIsTheSameBitsInAnyBatch() {
        int depth = 300;
        float[][] a = random(13, depth, 5);
        try (NativeMemory memory = new NativeMemory();
                WorkerPool pool = new WorkerPool(2)) {
            PackedMatrix matrix = matrix(memory, random(COLUMNS, depth, 6), depth);
            float[] together = product(a, matrix, new VectorKernels(), pool);
            for (int r = 0; r < a.length; r++) {
                float[] alone = product(new float[][] {a[r]}, matrix, new VectorKernels(), pool);
                assertThat(Arrays.copyOf(alone, COLUMNS))
                        .isEqualTo(Arrays.copyOfRange(together, r * stride(), r * stride() + COLUMNS));
            }
        }
    }

    @Test
    void aGroupOfZerosStaysZeroAndTheLargestWeightIsExact() {
        float[] w = new float[200];
        w[3] = -12.7f;
        w[4] = 6.4f;
        try (NativeMemory memory = new NativeMemory()) {
            PackedMatrix matrix = matrix(memory, new float[][] {w}, w.length);
            float[] held = new float[w.length];
            matrix.column(0, held, 0);
            assertThat(held[3]).isEqualTo(127 * (-12.7f / 127));
            assertThat(held[4]).isCloseTo(6.4f, within(0.05f));
            assertThat(Arrays.copyOfRange(held, 128, 200)).containsOnly(0f);
        }
    }

    @Test
    void bytesAreAnEighthOfABitMoreThanTheIntegers() {
        assertThat(PackedMatrix.bytes(DataType.INT8, 64, 256)).isEqualTo(64 * 256 + 64 * 2 * 4);
    }

    private static float[] product(float[][] a, PackedMatrix matrix, Kernels kernels, WorkerPool pool) {
        PackedRows rows = new PackedRows(a.length, matrix.depth());
        rows.reset(a.length, matrix.depth());
        for (int r = 0; r < a.length; r++) {
            int width = rows.width(r / PackedRows.GROUP);
            for (int k = 0; k < matrix.depth(); k++) {
                rows.data()[rows.rowOffset(r) + k * width] = a[r][k];
            }
        }
        float[] c = new float[PackedRows.padded(a.length) * stride()];
        Arrays.fill(c, 7);
        Gemm gemm = new Gemm(pool, kernels);
        gemm.multiply(rows, matrix, c, stride(), false);
        return Arrays.copyOf(c, a.length * stride());
    }

    private static int stride() {
        return Math.ceilDiv(COLUMNS, PackedMatrix.PANEL) * PackedMatrix.PANEL;
    }

    private static PackedMatrix matrix(NativeMemory memory, float[][] w, int depth) {
        PackedMatrix matrix = new PackedMatrix(
                memory.allocate(PackedMatrix.bytes(DataType.INT8, w.length, depth)), DataType.INT8, w.length, depth);
        for (int column = 0; column < w.length; column++) {
            matrix.setColumn(column, w[column]);
        }
        return matrix;
    }

    /// Product with the held weights, with the given ones, its absolute sum, and what half a scale a weight can make.
    private static double[] sums(float[] a, float[] w, float[] held) {
        double[] sums = new double[4];
        for (int k = 0; k < a.length; k++) {
            float largest = 0;
            for (int j = k / 128 * 128; j < Math.min(w.length, k / 128 * 128 + 128); j++) {
                largest = Math.max(largest, Math.abs(w[j]));
            }
            sums[0] += (double) a[k] * held[k];
            sums[1] += (double) a[k] * w[k];
            sums[2] += Math.abs((double) a[k] * held[k]);
            sums[3] += Math.abs(a[k]) * (largest / 254) * 1.0001;
        }
        return sums;
    }

    private static float[][] random(int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[][] values = new float[rows][columns];
        for (float[] row : values) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return values;
    }
}
