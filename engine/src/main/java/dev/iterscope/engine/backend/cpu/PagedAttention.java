package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Causal attention over paged keys and values, for batches that mix context and generation.
///
/// An item is one KV head of a few neighbouring query tokens of one sequence: all query heads of the group and all these tokens
/// share each load of keys and values. Positions are taken in spans of 64 from the sequence's begin, with a running maximum and sum
/// (the online softmax of Milakov and Gimelshein, 2018), so the result of a query depends on its own position alone.
final class PagedAttention {
    private static final int MAX_TILES = Lanes.SPAN / Lanes.TILE;
    /// Spans of a generating sequence whose keys are read one after another before their values are: fewer turns from keys to values
    /// are faster (docs/benchmarks/cpu.md). Context chunks take one span at a time.
    private static final int SPANS_AT_ONCE = 16;

    private final WorkerPool pool;
    private final Kernels kernels;
    private final KvStore kv;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final int groupSize;
    private final int tokensPerItem;
    private final int tilesPerSpan;
    private final float scale;
    private final int[] itemFirst;
    private final int[] itemCount;
    private final Scratch[] scratch;
    private final WorkerPool.Job itemJob = this::item;

    private final Phase context = new Phase();
    private final Phase generation = new Phase();
    private Phase phase = context;
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
        // A block that ends inside a tile leaves a gap in the middle of a span of several.
        tilesPerSpan = kv.blockSize() % Lanes.TILE == 0 ? MAX_TILES : 1;
        scale = (float) (1.0 / Math.sqrt(headDim));
        itemFirst = new int[maxTokens];
        itemCount = new int[maxTokens];
        scratch = new Scratch[pool.threads()];
        int paddedDim = Math.ceilDiv(headDim, PackedMatrix.PANEL) * PackedMatrix.PANEL;
        Arrays.setAll(scratch, i -> new Scratch(tokensPerItem * groupSize, headDim, paddedDim));
    }

    /// Splits the batch's tokens into items, those of context chunks first; once per step.
    void plan(StepBatch newBatch) {
        batch = newBatch;
        int items = plan(newBatch, context, true, 0);
        plan(newBatch, generation, false, items);
    }

    private int plan(StepBatch tokens, Phase target, boolean wantContext, int firstItem) {
        int item = firstItem;
        target.begin(firstItem);
        for (int e = 0; e < tokens.entries(); e++) {
            if (tokens.isContext(e) != wantContext) {
                continue;
            }
            int end = tokens.first(e) + tokens.count(e);
            for (int t = tokens.first(e); t < end; t += tokensPerItem) {
                itemFirst[item] = t;
                itemCount[item] = Math.min(tokensPerItem, end - t);
                item++;
            }
            target.add(tokens.count(e), tokens.position(end - 1) + 1);
        }
        target.items = item - firstItem;
        return item;
    }

    /// Attention of the context chunks of one layer. Queries stand at the begin of each row of `rows`; the result is packed for the
    /// output projection.
    void attendContext(int layerIndex, float[] rows, int rowLength, PackedRows result) {
        attend(context, layerIndex, rows, rowLength, result);
    }

    /// Attention of the generating sequences of one layer.
    void attendGeneration(int layerIndex, float[] rows, int rowLength, PackedRows result) {
        attend(generation, layerIndex, rows, rowLength, result);
    }

    private void attend(Phase which, int layerIndex, float[] rows, int rowLength, PackedRows result) {
        phase = which;
        layer = layerIndex;
        qkv = rows;
        ldQkv = rowLength;
        out = result;
        pool.run(itemJob, which.items * kvHeads);
    }

    /// Query tokens of the batch's context chunks.
    int contextTokens() {
        return context.tokens;
    }

    /// Query tokens of the batch's generating sequences.
    int generationTokens() {
        return generation.tokens;
    }

    /// What the context chunks of the batch ask for, in one layer.
    Work contextWork() {
        return context.work();
    }

    /// What the generating sequences of the batch ask for, in one layer.
    Work generationWork() {
        return generation.work();
    }

    /// What attention has to do at least.
    ///
    /// @param tokens   query tokens
    /// @param kvTokens keys and values that are read, of each sequence once
    /// @param flops    two multiply-adds per query head, dimension and pair of query and key
    /// @param bytes    keys, values, queries and results
    record Work(int tokens, int kvTokens, double flops, long bytes) {}

    /// The items of one phase, and their work in numbers.
    private final class Phase {
        private int firstItem;
        private int items;
        private int tokens;
        private int kvTokens;
        private double pairs;

        void begin(int item) {
            firstItem = item;
            tokens = 0;
            kvTokens = 0;
            pairs = 0;
        }

        void add(int count, int length) {
            tokens += count;
            kvTokens += length;
            pairs += (double) count * (length - count) + count * (count + 1.0) / 2;
        }

        Work work() {
            long kvBytes = 2L * kvTokens * kvHeads * headDim * kv.type().bytes();
            long queryBytes = 2L * Float.BYTES * tokens * heads * headDim;
            return new Work(tokens, kvTokens, 4.0 * pairs * heads * headDim, kvBytes + queryBytes);
        }
    }

    private void item(int item, int worker) {
        StepBatch tokens = batch;
        PackedRows result = out;
        if (tokens == null || result == null) {
            throw new IllegalStateException("no batch is under way");
        }
        int kvHead = item % kvHeads;
        // Late items of a context chunk see the most keys: begin with them, so that threads end together.
        int queryItem = phase.firstItem + phase.items - 1 - item / kvHeads;
        Scratch s = scratch[worker];
        int first = itemFirst[queryItem];
        int count = itemCount[queryItem];
        int rows = count * groupSize;
        packQueries(s, first, count, kvHead, rows);
        int[] blocks = tokens.blocks(tokens.entryOf(first));
        int firstPosition = tokens.position(first);
        int lastPosition = firstPosition + count - 1;
        s.begin(rows);
        int tilesAtOnce = (phase == generation ? SPANS_AT_ONCE : 1) * tilesPerSpan;
        for (int tile = 0; tileStart(tile) <= lastPosition; tile += tilesAtOnce) {
            spans(s, rows, blocks, kvHead, tile, tilesAtOnce, lastPosition, firstPosition);
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

    /// The sequence's position at which its `tile`-th tile begins.
    private int tileStart(int tile) {
        return tile / kv.tilesPerBlock() * kv.blockSize() + tile % kv.tilesPerBlock() * Lanes.TILE;
    }

    /// Neighbouring spans: first the scores of all, then the values of one after another. The order of the sums does not depend on how
    /// many spans are taken at once.
    private void spans(
            Scratch s, int rows, int[] blocks, int kvHead, int firstTile, int tiles, int lastPosition, int firstPosition) {
        int spans = 0;
        for (int tile = firstTile; tile < firstTile + tiles && tileStart(tile) <= lastPosition; tile += tilesPerSpan) {
            scoreSpan(s, rows, blocks, kvHead, tile, lastPosition, s.scores[spans++]);
        }
        for (int span = 0; span < spans; span++) {
            sumSpan(s, rows, blocks, kvHead, firstTile + span * tilesPerSpan, lastPosition, firstPosition, s.scores[span]);
        }
    }

    /// Scores of up to four tiles from tile `firstTile` on.
    private void scoreSpan(Scratch s, int rows, int[] blocks, int kvHead, int firstTile, int lastPosition, float[] scores) {
        int tiles = locate(s, blocks, kvHead, firstTile, lastPosition);
        kernels.scores(rows, s.queries, kv.type(), kv.keys(), s.keyOffsets, tiles, headDim, scores);
    }

    /// Weights of a span's scores, and the values weighted with them.
    private void sumSpan(
            Scratch s, int rows, int[] blocks, int kvHead, int firstTile, int lastPosition, int firstPosition, float[] scores) {
        int tiles = locate(s, blocks, kvHead, firstTile, lastPosition);
        int start = tileStart(firstTile);
        int end = tileStart(firstTile + tiles - 1) + s.valid[tiles - 1];
        for (int row = 0; row < rows; row++) {
            int visible = Math.clamp(firstPosition + row / groupSize + 1 - start, 0, end - start);
            weigh(s, scores, row, visible, tiles * Lanes.TILE);
        }
        kernels.values(
                rows, scores, kv.type(), kv.values(), kv.valueStride(), s.valueOffsets, s.valid, tiles, s.paddedDim, s.sums);
    }

    /// Finds the tiles of a span in memory, and how many positions of each are there.
    private int locate(Scratch s, int[] blocks, int kvHead, int firstTile, int lastPosition) {
        int tiles = 0;
        for (int tile = firstTile; tiles < tilesPerSpan && tileStart(tile) <= lastPosition; tile++, tiles++) {
            int block = blocks[tile / kv.tilesPerBlock()];
            int inBlock = tile % kv.tilesPerBlock();
            s.keyOffsets[tiles] = kv.keyOffset(layer, block, kvHead, inBlock);
            s.valueOffsets[tiles] = kv.valueOffset(layer, block, kvHead, inBlock);
            int positions = Math.min(Lanes.TILE, kv.blockSize() - inBlock * Lanes.TILE);
            s.valid[tiles] = Math.min(positions, lastPosition + 1 - tileStart(tile));
        }
        return tiles;
    }

    /// Turns a row's scores into weights relative to the running maximum, and rescales what was summed before.
    private void weigh(Scratch s, float[] scores, int row, int visible, int span) {
        int from = row * Lanes.SPAN;
        int lanes = row * Lanes.TILE;
        float max = kernels.max(scores, from, visible, s.maxima[row]);
        if (max != s.maxima[row]) {
            float factor = FastExp.exp(s.maxima[row] - max);
            kernels.scale(s.totals, lanes, Lanes.TILE, factor);
            kernels.scale(s.sums, row * s.paddedDim, s.paddedDim, factor);
            s.maxima[row] = max;
        }
        kernels.weigh(scores, from, visible, span, max, s.totals, lanes);
    }

    private void store(Scratch s, int first, int count, int kvHead, PackedRows result) {
        float[] data = result.data();
        for (int t = 0; t < count; t++) {
            int width = result.width((first + t) / PackedRows.GROUP);
            int rowOffset = result.rowOffset(first + t);
            for (int g = 0; g < groupSize; g++) {
                int row = t * groupSize + g;
                float inverse = 1f / total(s.totals, row * Lanes.TILE);
                int at = rowOffset + (kvHead * groupSize + g) * headDim * width;
                for (int d = 0; d < headDim; d++) {
                    data[at + d * width] = s.sums[row * s.paddedDim + d] * inverse;
                }
            }
        }
    }

    /// The sum of 16 lanes, in a fixed order.
    private static float total(float[] lanes, int from) {
        float sum = 0;
        for (int lane = from; lane < from + Lanes.TILE / 2; lane++) {
            sum += lanes[lane] + lanes[lane + Lanes.TILE / 2];
        }
        return sum;
    }

    /// Query tokens that an item has at most.
    int tokensPerItem() {
        return tokensPerItem;
    }

    /// Tiles that a span has at most.
    int tilesPerSpan() {
        return tilesPerSpan;
    }

    /// Runs the inner loops of one span of an item for nothing, so that they are compiled: an item of few tokens over few tiles is rare,
    /// and the first request that has one would wait for the compiler. To be called while no batch is under way.
    ///
    /// @param tokens    query tokens of the item, from 1 to [#tokensPerItem()]
    /// @param tiles     tiles of the span, from 1 to [#tilesPerSpan()]
    /// @param positions positions of the last tile, from 1 to 16 or a block's size
    void rehearse(int tokens, int tiles, int positions) {
        Scratch s = scratch[0];
        int rows = tokens * groupSize;
        s.begin(rows);
        for (int tile = 0; tile < tiles; tile++) {
            s.keyOffsets[tile] = kv.keyOffset(0, tile % 2, 0, tile % kv.tilesPerBlock());
            s.valueOffsets[tile] = kv.valueOffset(0, tile % 2, 0, tile % kv.tilesPerBlock());
            s.valid[tile] = tile + 1 < tiles ? Math.min(Lanes.TILE, kv.blockSize()) : positions;
        }
        float[] scores = s.scores[0];
        kernels.scores(rows, s.queries, kv.type(), kv.keys(), s.keyOffsets, tiles, headDim, scores);
        for (int row = 0; row < rows; row++) {
            weigh(s, scores, row, (tiles - 1) * Lanes.TILE + positions, tiles * Lanes.TILE);
        }
        kernels.values(
                rows, scores, kv.type(), kv.values(), kv.valueStride(), s.valueOffsets, s.valid, tiles, s.paddedDim, s.sums);
    }

    /// Bytes of the scratch memory of one thread.
    static long scratchBytes(ModelConfig model) {
        int groupSize = model.heads() / model.kvHeads();
        long rows = (long) Math.max(1, PackedRows.GROUP / groupSize) * groupSize;
        long paddedDim = (long) Math.ceilDiv(model.headDim(), PackedMatrix.PANEL) * PackedMatrix.PANEL;
        return Float.BYTES * rows * (model.headDim() + SPANS_AT_ONCE * Lanes.SPAN + Lanes.TILE + paddedDim + 1);
    }

    /// What one thread needs for one item.
    private static final class Scratch {
        private final int paddedDim;
        private final float[] queries;
        private final float[][] scores;
        private final float[] sums;
        private final float[] maxima;
        private final float[] totals;
        private final long[] keyOffsets = new long[MAX_TILES];
        private final long[] valueOffsets = new long[MAX_TILES];
        private final int[] valid = new int[MAX_TILES];

        Scratch(int maxRows, int headDim, int paddedDim) {
            this.paddedDim = paddedDim;
            queries = new float[maxRows * headDim];
            scores = new float[SPANS_AT_ONCE][maxRows * Lanes.SPAN];
            sums = new float[maxRows * paddedDim];
            maxima = new float[maxRows];
            totals = new float[maxRows * Lanes.TILE];
        }

        void begin(int rows) {
            Arrays.fill(sums, 0, rows * paddedDim, 0);
            Arrays.fill(maxima, 0, rows, Float.NEGATIVE_INFINITY);
            Arrays.fill(totals, 0, rows * Lanes.TILE, 0);
        }
    }
}
