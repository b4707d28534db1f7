package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.backend.cuda.TileGemm.Tile;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The matrix kernels against sums in double precision, over shapes that fit no tile.
class GemmKernelTest {

    /// A random product: the operands on the device and on the host.
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Product(int m, int n, int k, float[] x, float[] w, float[] bias) {
        static Product random(Rig rig, int m, int n, int k) {
            return new Product(m, n, k, rig.values(m * k), rig.values(n * k), rig.values(n));
        }

        double expected(int row, int column) {
            double sum = bias[column];
            for (int i = 0; i < k; i++) {
                sum += (double) x[row * k + i] * w[column * k + i];
            }
            return sum;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyTileShapeMultiplies(Tile tile) {
        for (int seed = 0; seed < 6; seed++) {
            Rig rig = Rig.create(seed, 64);
            Product p =
                    Product.random(rig, 1 + rig.random().nextInt(150), 1 + rig.random().nextInt(150), 8 * (1 + rig.random().nextInt(40)));

            float[] y = multiply(rig, tile, p, GemmOutput.STORE_F32);

            for (int i = 0; i < y.length; i++) {
                // f32 sums of up to 320 products below 1, against exact ones
                assertThat((double) y[i]).as("seed %d, element %d", seed, i).isCloseTo(p.expected(i / p.n, i % p.n), within(1e-4));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aRowsBitsDependNeitherOnTheTileShapeNorOnTheBatch(long seed) {
        Rig rig = Rig.create(seed, 64);
        Product p = Product.random(rig, 70, 45, 328);
        float[] expected = multiply(rig, Tile.T16X32, p, GemmOutput.STORE_F32);

        for (Tile tile : Tile.values()) {
            assertThat(multiply(rig, tile, p, GemmOutput.STORE_F32)).as(tile.name()).isEqualTo(expected);
        }
        int row = rig.random().nextInt(p.m);
        Product alone = new Product(1, p.n, p.k, Arrays.copyOfRange(p.x, row * p.k, (row + 1) * p.k), p.w, p.bias);
        assertThat(multiply(rig, Tile.T128X128, alone, GemmOutput.STORE_F32))
                .isEqualTo(Arrays.copyOfRange(expected, row * p.n, (row + 1) * p.n));
    }

    @ParameterizedTest
    @EnumSource
    void theOrderOfThreadsDoesNotMatter(Tile tile) {
        Rig forwards = Rig.create(5, 64);
        Rig backwards = Rig.create(new HostDriver().backwards(), 5, 64);
        Product p = Product.random(forwards, 37, 41, 200);

        assertThat(multiply(backwards, tile, p, GemmOutput.STORE_F32)).isEqualTo(multiply(forwards, tile, p, GemmOutput.STORE_F32));
    }

    @ParameterizedTest
    @EnumSource
    void roundsOrAddsAsAsked(Tile tile) {
        Rig rig = Rig.create(11, 64);
        Product p = Product.random(rig, 33, 67, 72);
        float[] sums = multiply(rig, tile, p, GemmOutput.STORE_F32);
        float[] added = multiply(rig, tile, p, GemmOutput.ADD_F32);
        float[] rounded = multiply(rig, tile, p, GemmOutput.STORE_BF16);

        for (int i = 0; i < sums.length; i++) {
            assertThat(added[i]).isEqualTo(100f + sums[i]);
            assertThat(rounded[i]).isEqualTo(DeviceArrays.round(sums[i]));
        }
    }

    private static float[] multiply(Rig rig, Tile tile, Product p, GemmOutput output) {
        DeviceArrays arrays = rig.arrays();
        float[] before = new float[p.m * p.n];
        Arrays.fill(before, 100f);
        long y = arrays.floats(before);
        rig.kernels()
                .launch(
                        tile.kernel(),
                        tile.launch(p.m, p.n),
                        rig.kernels()
                                .arguments()
                                .address(y)
                                .address(arrays.bf16(p.x))
                                .address(arrays.bf16(p.w))
                                .address(arrays.bf16(p.bias))
                                .number(p.m)
                                .number(p.n)
                                .number(p.k)
                                .number(output.code()));
        return output == GemmOutput.STORE_BF16 ? arrays.readBf16(y, before.length) : arrays.readFloats(y, before.length);
    }
}
