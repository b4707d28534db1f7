package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.backend.cuda.Kernels.KvLayer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Both attention kernels against softmax in double precision, over mixed batches whose blocks lie anywhere in the cache.
class AttentionKernelTest {

    /// A piece of a sequence in a batch: positions [first, first + rows).
    private record Piece(int sequence, int first, int rows) {}

    /// Sequences with random queries, keys and values for every position; keys and values lie in the cache already.
    private static final class Sequences {
        private final Rig rig;
        private final ModelShape shape;
        private final int[] lengths;
        private final float[][] queries;
        private final int[][] blocks;
        private final float[] keys;
        private final float[] values;
        private final KvLayer cache;

        Sequences(Rig rig, ModelShape shape, int... lengths) {
            this.rig = rig;
            this.shape = shape;
            this.lengths = lengths;
            int poolBlocks = 3;
            for (int length : lengths) {
                poolBlocks += Math.ceilDiv(length, shape.blockSize());
            }
            int[] pool = permutation(rig.random(), poolBlocks);
            queries = new float[lengths.length][];
            blocks = new int[lengths.length][];
            int taken = 0;
            for (int s = 0; s < lengths.length; s++) {
                queries[s] = rig.values(lengths[s] * shape.model().queryWidth());
                int count = Math.ceilDiv(lengths[s], shape.blockSize());
                blocks[s] = Arrays.copyOfRange(pool, taken, taken + count);
                taken += count;
            }
            int elements = poolBlocks * shape.blockSize() * shape.model().kvWidth();
            keys = rig.values(elements);
            values = rig.values(elements);
            cache = new KvLayer(rig.arrays().bf16(keys), rig.arrays().bf16(values));
        }

        private int cacheRow(int sequence, int position, int kvHead) {
            int block = blocks[sequence][position / shape.blockSize()];
            return ((block * shape.model().kvHeads() + kvHead) * shape.blockSize() + position % shape.blockSize())
                    * shape.model().headDim();
        }

        /// The attention of one (position, head) row by its definition.
        double[] expected(int sequence, int position, int head) {
            int d = shape.model().headDim();
            int kvHead = head / shape.group();
            int query = position * shape.model().queryWidth() + head * d;
            double[] weights = new double[position + 1];
            double sum = 0;
            for (int p = 0; p <= position; p++) {
                double score = 0;
                for (int i = 0; i < d; i++) {
                    score += (double) queries[sequence][query + i] * keys[cacheRow(sequence, p, kvHead) + i];
                }
                weights[p] = Math.exp(score / Math.sqrt(d));
                sum += weights[p];
            }
            double[] result = new double[d];
            for (int p = 0; p <= position; p++) {
                for (int i = 0; i < d; i++) {
                    result[i] += weights[p] / sum * values[cacheRow(sequence, p, kvHead) + i];
                }
            }
            return result;
        }

        /// Runs a batch as the backend does and returns the rows of all pieces one after the other.
        float[] attend(List<Piece> pieces, int maxParts, int splits) {
            StepUpload step = new StepUpload(shape, maxParts);
            step.begin();
            int rows = 0;
            for (Piece piece : pieces) {
                step.beginEntry(piece.first, piece.rows, blocks[piece.sequence]);
                for (int p = piece.first; p < piece.first + piece.rows; p++) {
                    step.token(0, p);
                }
                rows += piece.rows;
            }
            int width = shape.model().queryWidth();
            float[] qkv = new float[rows * shape.qkvWidth()];
            Arrays.fill(qkv, Float.NaN); // only the queries are read
            int row = 0;
            for (Piece piece : pieces) {
                for (int p = piece.first; p < piece.first + piece.rows; p++) {
                    System.arraycopy(queries[piece.sequence], p * width, qkv, row++ * shape.qkvWidth(), width);
                }
            }
            long device = rig.upload(step, shape);
            long input = rig.arrays().bf16(qkv);
            long out = rig.driver().allocate(2L * rows * width);
            if (step.contextItems() > 0) {
                rig.kernels().attentionContext(step.contextItems(), shape, out, input, cache, device);
            }
            if (step.generationItems() > 0) {
                long parts = rig.driver().allocate(4L * maxParts * shape.model().heads() * (shape.model().headDim() + 2));
                rig.kernels().attentionGeneration(step.generationItems(), splits, shape, parts, input, cache, device);
                rig.kernels().attentionMerge(step.generationItems(), shape, out, parts, device);
            }
            return rig.arrays().readBf16(out, rows * width);
        }

        List<Piece> whole() {
            List<Piece> pieces = new ArrayList<>();
            for (int s = 0; s < lengths.length; s++) {
                pieces.add(new Piece(s, 0, lengths[s]));
            }
            return pieces;
        }
    }

    @ParameterizedTest
    @CsvSource({"32,4,4,16", "64,8,2,16", "128,8,1,7", "64,6,3,1", "128,16,1,32", "32,17,1,16"})
    void mixedBatchesAttendToWhatTheyShould(int headDim, int heads, int kvHeads, int blockSize) {
        Rig rig = Rig.create(headDim + heads, headDim);
        ModelShape shape = new ModelShape(Rig.model(heads, kvHeads, headDim), 512, 8, blockSize);
        Sequences sequences = new Sequences(rig, shape, 290, 40, 513, 1, 130);
        List<Piece> batch = List.of(
                new Piece(2, 512, 1), new Piece(0, 250, 33), new Piece(1, 39, 1), new Piece(3, 0, 1), new Piece(4, 0, 65),
                new Piece(4, 129, 1));

        float[] out = sequences.attend(batch, 64, 2);

        int row = 0;
        for (Piece piece : batch) {
            for (int p = piece.first; p < piece.first + piece.rows; p++, row++) {
                for (int head = 0; head < heads; head += 3) {
                    double[] expected = sequences.expected(piece.sequence, p, head);
                    for (int i = 0; i < headDim; i++) {
                        // weights (which sum to 1, of values below 1) and the result are rounded to bf16: 2^-8 each
                        assertThat((double) out[(row * heads + head) * headDim + i])
                                .as("sequence %d, position %d, head %d, element %d", piece.sequence, p, head, i)
                                .isCloseTo(expected[i], within(0x1p-8 * (1 + Math.abs(expected[i])) + 1e-6));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aRowsBitsDoNotDependOnChunksBatchSplitsOrKernel(long seed) {
        Rig rig = Rig.create(seed, 64);
        ModelShape shape = new ModelShape(Rig.model(4, 2, 64), 2048, 64, 16);
        int length = 300 + rig.random().nextInt(300);
        Sequences sequences = new Sequences(rig, shape, length, 77);
        float[] whole = Arrays.copyOf(sequences.attend(sequences.whole(), 0, 1), length * shape.model().queryWidth());

        List<Piece> chunks = new ArrayList<>();
        for (int first = 0; first < length;) {
            int rows = Math.min(length - first, rig.random().nextBoolean() ? 1 : 1 + rig.random().nextInt(90));
            chunks.add(new Piece(0, first, rows));
            first += rows;
        }
        chunks.add(new Piece(1, 76, 1));
        for (int splits : new int[] {1, 3}) {
            float[] out = sequences.attend(chunks, 4096, splits);
            assertThat(Arrays.copyOf(out, whole.length)).as("seed %d, splits %d", seed, splits).isEqualTo(whole);
        }
        assertThat(Arrays.copyOf(sequences.attend(chunks, 2, 1), whole.length)).as("no room for partial results").isEqualTo(whole);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 128})
    void theOrderOfThreadsDoesNotMatter(int headDim) {
        ModelShape shape = new ModelShape(Rig.model(8, 2, headDim), 512, 8, 16);
        List<Piece> batch = List.of(new Piece(0, 0, 100), new Piece(1, 299, 1));
        float[] forwards = new Sequences(Rig.create(9, headDim), shape, 100, 300).attend(batch, 8, 2);
        float[] backwards = new Sequences(Rig.create(new HostDriver().backwards(), 9, headDim), shape, 100, 300).attend(batch, 8, 2);

        assertThat(backwards).isEqualTo(forwards);
    }

    private static int[] permutation(SplittableRandom random, int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
