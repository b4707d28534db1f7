package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.SelfCheck;
import dev.iterscope.engine.backend.cuda.Kernels.KvLayer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// Both attention kernels on a mixed batch, whose blocks lie anywhere in the cache, against softmax in double precision.
final class AttentionChecks {
    private static final int MAX_PARTS = 16;

    private final Kernels kernels;
    private final CheckArrays arrays;
    private final ModelShape shape;

    /// Positions [first, first + rows) of a sequence.
    private record Piece(int first, int rows) {
        int keys() {
            return first + rows;
        }
    }

    AttentionChecks(Kernels kernels, CheckArrays arrays, ModelShape shape) {
        this.kernels = kernels;
        this.arrays = arrays;
        this.shape = shape;
    }

    void run(Consumer<SelfCheck> report) {
        int headDim = shape.model().headDim();
        report.accept(check("attention_context, head dim " + headDim, List.of(new Piece(250, 33), new Piece(0, 17), new Piece(64, 40))));
        report.accept(check("attention_generation, head dim " + headDim,
                List.of(new Piece(0, 1), new Piece(512, 1), new Piece(39, 1), new Piece(255, 1))));
        report.accept(
                check("attention of a mixed batch, head dim " + headDim, List.of(new Piece(511, 1), new Piece(100, 20), new Piece(7, 1))));
    }

    private SelfCheck check(String name, List<Piece> pieces) {
        int blockSize = shape.blockSize();
        int poolBlocks = 1 + pieces.stream().mapToInt(piece -> Math.ceilDiv(piece.keys(), blockSize)).sum();
        int[] pool = permutation(poolBlocks);
        int cached = poolBlocks * blockSize * shape.model().kvWidth();
        float[] keys = arrays.values(cached);
        float[] values = arrays.values(cached);
        int rows = pieces.stream().mapToInt(Piece::rows).sum();
        float[] qkv = arrays.values(rows * shape.qkvWidth()); // of which only the queries are read
        StepUpload step = new StepUpload(shape, MAX_PARTS);
        step.begin();
        int[][] blocks = new int[pieces.size()][];
        int taken = 0;
        for (int s = 0; s < blocks.length; s++) {
            Piece piece = pieces.get(s);
            int count = Math.ceilDiv(piece.keys(), blockSize);
            blocks[s] = Arrays.copyOfRange(pool, taken, taken + count);
            taken += count;
            step.beginEntry(piece.first, piece.rows, blocks[s]);
            for (int p = piece.first; p < piece.keys(); p++) {
                step.token(0, p);
            }
        }
        float[] out = attend(step, rows, qkv, new KvLayer(arrays.bf16(keys), arrays.bf16(values)));
        ErrorBound bound = new ErrorBound(name);
        int row = 0;
        for (int s = 0; s < blocks.length; s++) {
            for (int p = pieces.get(s).first; p < pieces.get(s).keys(); p++, row++) {
                for (int head = 0; head < shape.model().heads(); head++) {
                    compare(bound, out, row, head, expected(qkv, row, head, p, blocks[s], keys, values));
                }
            }
        }
        return bound.result();
    }

    private float[] attend(StepUpload step, int rows, float[] qkv, KvLayer cache) {
        long device = arrays.step(step, shape);
        long input = arrays.bf16(qkv);
        int width = shape.model().queryWidth();
        long out = arrays.space(2L * rows * width);
        if (step.contextItems() > 0) {
            kernels.attentionContext(step.contextItems(), shape, out, input, cache, device);
        }
        if (step.generationItems() > 0) {
            long parts = arrays.space(4L * MAX_PARTS * shape.model().heads() * (shape.model().headDim() + 2));
            kernels.attentionGeneration(step.generationItems(), 2, shape, parts, input, cache, device);
            kernels.attentionMerge(step.generationItems(), shape, out, parts, device);
        }
        return arrays.readBf16(out, rows * width);
    }

    private void compare(ErrorBound bound, float[] out, int row, int head, double[] expected) {
        int at = row * shape.model().queryWidth() + head * expected.length;
        for (int i = 0; i < expected.length; i++) {
            // weights (which sum to 1, of values below 1) and the result are rounded to bf16: 2^-8 each
            bound.compare(out[at + i], expected[i], 0x1p-8 * (1 + Math.abs(expected[i])) + 1e-6, at + i);
        }
    }

    private double[] expected(float[] qkv, int row, int head, int position, int[] blocks, float[] keys, float[] values) {
        int d = shape.model().headDim();
        int query = row * shape.qkvWidth() + head * d;
        double[] weights = new double[position + 1];
        double sum = 0;
        for (int p = 0; p <= position; p++) {
            int at = cacheRow(blocks, p, head / shape.group());
            double score = 0;
            for (int i = 0; i < d; i++) {
                score += (double) qkv[query + i] * keys[at + i];
            }
            weights[p] = Math.exp(score / Math.sqrt(d));
            sum += weights[p];
        }
        double[] result = new double[d];
        for (int p = 0; p <= position; p++) {
            int at = cacheRow(blocks, p, head / shape.group());
            for (int i = 0; i < d; i++) {
                result[i] += weights[p] / sum * values[at + i];
            }
        }
        return result;
    }

    private int cacheRow(int[] blocks, int position, int kvHead) {
        int block = blocks[position / shape.blockSize()];
        return ((block * shape.model().kvHeads() + kvHead) * shape.blockSize() + position % shape.blockSize()) * shape.model().headDim();
    }

    private int[] permutation(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = arrays.random().nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
