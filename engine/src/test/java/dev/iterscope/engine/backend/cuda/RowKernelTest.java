package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.backend.cuda.Kernels.KvLayer;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The kernels that work row by row, against their formulas in double precision.
class RowKernelTest {
    /// A result rounded to bf16 is off by at most 2^-8 of itself; the f32 arithmetic before it by much less.
    private static final double BF16 = 0x1.02p-8;

    @ParameterizedTest
    @ValueSource(ints = {8, 200, 512, 1000})
    void rmsNorm(int width) {
        Rig rig = Rig.create(width, 64);
        ModelShape shape = new ModelShape(Rig.model(4, 2, 64), 16, 4, 16);
        float[] hidden = rig.values(7 * width);
        float[] weight = rig.values(width);
        long step = rig.upload(rows(shape, 7, 2, 5), shape);
        long out = rig.driver().allocate(2L * 7 * width);
        long samples = rig.driver().allocate(2L * 2 * width);
        long input = rig.arrays().floats(hidden);
        long weights = rig.arrays().bf16(weight);

        rig.kernels().rmsNorm(8, out, input, weights, step, width, 1e-6f); // one block more than rows: a padded batch
        rig.kernels().rmsNormSamples(2, samples, input, weights, step, width, 1e-6f);

        IntToDoubleFunction expected = i -> {
            double squares = 0;
            for (int j = 0; j < width; j++) {
                squares += Math.pow(hidden[i / width * width + j], 2);
            }
            return hidden[i] / Math.sqrt(squares / width + 1e-6) * weight[i % width];
        };
        assertAll(rig.arrays().readBf16(out, 7 * width), expected);
        assertAll(
                rig.arrays().readBf16(samples, 2 * width), i -> expected.applyAsDouble((i / width == 0 ? 2 : 5) * width + i % width));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 300, 1536})
    void swiglu(int width) {
        Rig rig = Rig.create(width, 64);
        ModelShape shape = new ModelShape(Rig.model(4, 2, 64), 16, 4, 16);
        float[] gateUp = rig.values(5 * 2 * width);
        long out = rig.driver().allocate(2L * 5 * width);

        rig.kernels().swiglu(5, out, rig.arrays().bf16(gateUp), rig.upload(rows(shape, 5), shape), width);

        assertAll(rig.arrays().readBf16(out, 5 * width), i -> {
            double gate = gateUp[i / width * 2 * width + i % width];
            return gate / (1 + Math.exp(-gate)) * gateUp[i / width * 2 * width + width + i % width];
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 300})
    void embeddingTakesTheHostsTokensAndTheDevices(int width) {
        Rig rig = Rig.create(width, 64);
        ModelShape shape = new ModelShape(Rig.model(4, 2, 64), 16, 4, 16);
        float[] table = rig.values(50 * width);
        StepUpload step = new StepUpload(shape, 16);
        step.begin();
        step.beginEntry(3, 2, new int[] {0});
        step.token(49, 3);
        step.token(-1 - 2, 4);
        long hidden = rig.driver().allocate(4L * 2 * width);

        rig.kernels()
                .embed(2, hidden, rig.arrays().bf16(table), rig.upload(step, shape), rig.arrays().ints(new int[] {7, 8, 11, 9}), width);

        float[] actual = rig.arrays().readFloats(hidden, 2 * width);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isEqualTo(table[(i < width ? 49 : 11) * width + i % width]);
        }
    }

    @ParameterizedTest
    @CsvSource({"4,2,32,16,true", "8,1,64,5,false", "3,3,128,1,true"})
    void rotatesAndWritesTheCache(int heads, int kvHeads, int headDim, int blockSize, boolean norm) {
        Rig rig = Rig.create(heads, headDim);
        ModelShape shape = new ModelShape(Rig.model(heads, kvHeads, headDim), 16, 4, blockSize);
        float[] qkv = rig.values(5 * shape.qkvWidth());
        float[] angles = rig.values(64 * headDim);
        float[] queryNorm = rig.values(headDim);
        float[] keyNorm = rig.values(headDim);
        int[] blocks = {9, 4, 7, 2, 3, 8, 5, 6, 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
        StepUpload step = new StepUpload(shape, 16);
        step.begin();
        step.beginEntry(6, 5, blocks);
        for (int p = 6; p < 11; p++) {
            step.token(0, p);
        }
        int cacheElements = 21 * blockSize * shape.model().kvWidth();
        KvLayer cache = new KvLayer(rig.driver().allocate(2L * cacheElements), rig.driver().allocate(2L * cacheElements));
        long device = rig.arrays().bf16(qkv);

        rig.kernels()
                .rotaryAndKvWrite(
                        5,
                        shape,
                        device,
                        cache,
                        rig.arrays().floats(angles),
                        norm ? rig.arrays().bf16(queryNorm) : 0,
                        norm ? rig.arrays().bf16(keyNorm) : 0,
                        rig.upload(step, shape));

        float[] queries = rig.arrays().readBf16(device, qkv.length);
        float[] keys = rig.arrays().readBf16(cache.keys(), cacheElements);
        float[] values = rig.arrays().readBf16(cache.values(), cacheElements);
        for (int row = 0; row < 5; row++) {
            int position = 6 + row;
            for (int head = 0; head < heads + 2 * kvHeads; head++) {
                int source = row * shape.qkvWidth() + head * headDim;
                int kvHead = head < heads + kvHeads ? head - heads : head - heads - kvHeads;
                int cached = ((blocks[position / blockSize] * kvHeads + kvHead) * blockSize + position % blockSize) * headDim;
                float[] weight = head < heads ? queryNorm : keyNorm;
                for (int i = 0; i < headDim; i++) {
                    if (head >= heads + kvHeads) {
                        assertThat(values[cached + i]).isEqualTo(qkv[source + i]);
                    } else {
                        double expected = rotated(qkv, source, i, headDim, norm ? weight : null, angles, position);
                        float actual = head < heads ? queries[source + i] : keys[cached + i];
                        // two products may cancel: the bound is of their size, not of the sum's
                        assertThat((double) actual).as("row %d, head %d, element %d", row, head, i).isCloseTo(expected,
                                within(BF16 * Math.abs(expected) + 1e-6));
                    }
                }
            }
        }
    }

    private static double rotated(
            float[] qkv, int source, int i, int headDim, float @Nullable [] weight, float[] angles, int position) {
        int half = headDim / 2;
        int pair = i % half;
        double scale = 1;
        if (weight != null) {
            double squares = 0;
            for (int j = 0; j < headDim; j++) {
                squares += Math.pow(qkv[source + j], 2);
            }
            scale = 1 / Math.sqrt(squares / headDim + 1e-6f);
        }
        double first = qkv[source + pair] * scale * (weight == null ? 1 : weight[pair]);
        double second = qkv[source + pair + half] * scale * (weight == null ? 1 : weight[pair + half]);
        double cosine = angles[position * headDim + 2 * pair];
        double sine = angles[position * headDim + 2 * pair + 1];
        return i < half ? first * cosine - second * sine : second * cosine + first * sine;
    }

    /// A step of `count` rows at positions from 0, of which `sampled` yield tokens.
    private static StepUpload rows(ModelShape shape, int count, int... sampled) {
        StepUpload step = new StepUpload(shape, 16);
        step.begin();
        step.beginEntry(0, count, new int[] {1});
        for (int row = 0; row < count; row++) {
            step.token(0, row);
            for (int sample : sampled) {
                if (sample == row) {
                    step.sample(0, 0, 1, 0, 0);
                }
            }
        }
        return step;
    }

    private static void assertAll(float[] actual, IntToDoubleFunction expected) {
        for (int i = 0; i < actual.length; i++) {
            double value = expected.applyAsDouble(i);
            assertThat((double) actual[i]).as("element %d", i).isCloseTo(value, within(BF16 * Math.abs(value) + 1e-7));
        }
    }
}
