package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Causal attention over paged keys and values, for batches that mix context and generation.
///
/// An item is one KV head of a few neighbouring query tokens of one sequence: all query heads of the group and all these tokens
/// share each load of keys and values. Positions are taken in tiles of 16 from the sequence's begin, with a running maximum and sum
/// (the online softmax of Milakov and Gimelshein, 2018), so the result of a query depends on its own position alone.
final class PagedAttention {
    private final WorkerPool pool;
    private final Kernels kernels;
    private final KvStore kv;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final int groupSize;
    private final int tokensPerItem;
    private final float scale;
    private final int[] itemFirst;
    private final int[] itemCount;
    private final Scratch[] scratch;
    private final WorkerPool.Job itemJob = this::item;

    private int queryItems;
    private @Nullable StepBatch batch;
    private float[] qkv = new float[0];
    private int ldQkv;
    private @Nullable PackedRows out;
    private int layer;

    PagedAttention(WorkerPool pool, Kernels kernels, KvStore kv, ModelConfig model, int maxTokens) {
        this.pool = pool;
        this.kernels = kernels;
        this.kv = kv;
        heads = model.heads();
        kvHeads = model.kvHeads();
        headDim = model.headDim();
        groupSize = heads / kvHeads;
        tokensPerItem = Math.max(1, PackedRows.GROUP / groupSize);
        scale = (float) (1.0 / Math.sqrt(headDim));
        itemFirst = new int[maxTokens];
        itemCount = new int[maxTokens];
        scratch = new Scratch[pool.threads()];
        int paddedDim = Math.ceilDiv(headDim, PackedMatrix.PANEL) * PackedMatrix.PANEL;
        Arrays.setAll(scratch, i -> new Scratch(tokensPerItem * groupSize, headDim, paddedDim));
    }

    /// Splits the batch's tokens into items; once per step.
    void plan(StepBatch newBatch) {
        batch = newBatch;
        queryItems = 0;
        for (int e = 0; e < newBatch.entries(); e++) {
            int end = newBatch.first(e) + newBatch.count(e);
            for (int t = newBatch.first(e); t < end; t += tokensPerItem) {
                itemFirst[queryItems] = t;
                itemCount[queryItems] = Math.min(tokensPerItem, end - t);
                queryItems++;
            }
        }
    }

    /// Attention of one layer. Queries stand at the begin of each row of `rows`; the result is packed for the output projection.
    void attend(int layerIndex, float[] rows, int rowLength, PackedRows result) {
        layer = layerIndex;
        qkv = rows;
        ldQkv = rowLength;
        out = result;
        pool.run(itemJob, queryItems * kvHeads);
    }

    private void item(int item, int worker) {
        StepBatch tokens = batch;
        PackedRows result = out;
        if (tokens == null || result == null) {
            throw new IllegalStateException("no batch is under way");
        }
        int kvHead = item % kvHeads;
        // Late items of a context chunk see the most keys: begin with them, so that threads end together.
        int queryItem = queryItems - 1 - item / kvHeads;
        Scratch s = scratch[worker];
        int first = itemFirst[queryItem];
        int count = itemCount[queryItem];
        int rows = count * groupSize;
        packQueries(s, first, count, kvHead, rows);
        int[] blocks = tokens.blocks(tokens.entryOf(first));
        int firstPosition = tokens.position(first);
        int lastPosition = firstPosition + count - 1;
        s.begin(rows);
        for (int block = 0, from = 0; from <= lastPosition; block++, from += kv.blockSize()) {
            int inBlock = Math.min(kv.blockSize(), lastPosition + 1 - from);
            for (int tile = 0, start = 0; start < inBlock; tile++, start += Lanes.TILE) {
                int valid = Math.min(Lanes.TILE, inBlock - start);
                tile(s, rows, blocks[block], kvHead, tile, from + start, valid, firstPosition);
            }
        }
        store(s, first, count, kvHead, result);
    }

    private void packQueries(Scratch s, int first, int count, int kvHead, int rows) {
        for (int t = 0; t < count; t++) {
            for (int g = 0; g < groupSize; g++) {
                int from = (first + t) * ldQkv + (kvHead * groupSize + g) * headDim;
                int row = t * groupSize + g;
                for (int d = 0; d < headDim; d++) {
                    s.queries[d * rows + row] = qkv[from + d] * scale;
                }
            }
        }
    }

    private void tile(Scratch s, int rows, int block, int kvHead, int tile, int start, int valid, int firstPosition) {
        kernels.scores(
                rows, s.queries, 0, rows, kv.type(), kv.keys(), kv.keyOffset(layer, block, kvHead, tile), headDim, s.scores, 0);
        for (int row = 0; row < rows; row++) {
            int visible = Math.clamp(firstPosition + row / groupSize + 1 - start, 0, valid);
            softmaxStep(s, row, rows, visible, valid);
        }
        long valueOffset = kv.valueOffset(layer, block, kvHead, tile);
        long panelBytes = (long) PackedMatrix.PANEL * kv.type().bytes();
        for (int d = 0, panel = 0; d < s.paddedDim; d += PackedMatrix.PANEL, panel++) {
            kernels.panel(
                    rows,
                    s.weights,
                    0,
                    rows,
                    kv.type(),
                    kv.values(),
                    valueOffset + panel * panelBytes,
                    kv.valueStride(),
                    valid,
                    s.sums,
                    d,
                    s.paddedDim);
        }
    }

    /// Turns a row's scores into weights relative to the running maximum, and rescales what was summed before.
    private void softmaxStep(Scratch s, int row, int rows, int visible, int valid) {
        int from = row * Lanes.TILE;
        float max = s.maxima[row];
        for (int i = 0; i < visible; i++) {
            max = Math.max(max, s.scores[from + i]);
        }
        kernels.exp(s.scores, from, Lanes.TILE, max);
        float sum = 0;
        for (int i = 0; i < visible; i++) {
            float weight = s.scores[from + i];
            s.weights[i * rows + row] = weight;
            sum += weight;
        }
        for (int i = visible; i < valid; i++) {
            s.weights[i * rows + row] = 0;
        }
        if (max != s.maxima[row]) {
            float factor = FastExp.exp(s.maxima[row] - max);
            s.totals[row] *= factor;
            for (int d = row * s.paddedDim; d < (row + 1) * s.paddedDim; d++) {
                s.sums[d] *= factor;
            }
            s.maxima[row] = max;
        }
        s.totals[row] += sum;
    }

    private void store(Scratch s, int first, int count, int kvHead, PackedRows result) {
        float[] data = result.data();
        for (int t = 0; t < count; t++) {
            int width = result.width((first + t) / PackedRows.GROUP);
            int rowOffset = result.rowOffset(first + t);
            for (int g = 0; g < groupSize; g++) {
                int row = t * groupSize + g;
                float inverse = 1f / s.totals[row];
                int at = rowOffset + (kvHead * groupSize + g) * headDim * width;
                for (int d = 0; d < headDim; d++) {
                    data[at + d * width] = s.sums[row * s.paddedDim + d] * inverse;
                }
            }
        }
    }

    /// Bytes of the scratch memory of one thread.
    static long scratchBytes(ModelConfig model) {
        int groupSize = model.heads() / model.kvHeads();
        long rows = (long) Math.max(1, PackedRows.GROUP / groupSize) * groupSize;
        long paddedDim = (long) Math.ceilDiv(model.headDim(), PackedMatrix.PANEL) * PackedMatrix.PANEL;
        return Float.BYTES * rows * (model.headDim() + 2L * Lanes.TILE + paddedDim + 2);
    }

    /// What one thread needs for one item.
    private static final class Scratch {
        private final int paddedDim;
        private final float[] queries;
        private final float[] scores;
        private final float[] weights;
        private final float[] sums;
        private final float[] maxima;
        private final float[] totals;

        Scratch(int maxRows, int headDim, int paddedDim) {
            this.paddedDim = paddedDim;
            queries = new float[maxRows * headDim];
            scores = new float[maxRows * Lanes.TILE];
            weights = new float[maxRows * Lanes.TILE];
            sums = new float[maxRows * paddedDim];
            maxima = new float[maxRows];
            totals = new float[maxRows];
        }

        void begin(int rows) {
            Arrays.fill(sums, 0, rows * paddedDim, 0);
            Arrays.fill(maxima, 0, rows, Float.NEGATIVE_INFINITY);
            Arrays.fill(totals, 0, rows, 0);
        }
    }
}
