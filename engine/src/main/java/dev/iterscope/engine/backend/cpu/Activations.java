package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;

/// The buffers of a forward pass, sized for the largest step. Rows of results are padded to whole panels, and their number to whole
/// groups of rows, since the kernels write both.
final class Activations {
    final int hiddenStride;
    final int qkvStride;
    final int gateUpStride;
    final int vocabularyStride;
    final PackedRows input;
    final float[] residual;
    final float[] wide;
    final float[] logits;
    private final float[][] scratch;
    private final float[][] lanes;
    private final int[][] starts;
    private final int[] sampledTokens;
    private final int maxTokens;
    private final int positions;

    /// Buffers for steps of up to `maxTokens` tokens and `maxSeqs` sequences of up to `positions` tokens.
    Activations(ModelConfig model, int maxTokens, int maxSeqs, int positions, int threads) {
        this.maxTokens = maxTokens;
        this.positions = positions;
        hiddenStride = stride(model.hiddenSize());
        qkvStride = stride(model.queryWidth() + 2 * model.kvWidth());
        gateUpStride = stride(2 * model.intermediateSize());
        vocabularyStride = stride(model.vocabSize());
        int rows = PackedRows.padded(maxTokens);
        input = new PackedRows(maxTokens, widestInput(model));
        residual = new float[Math.multiplyExact(rows, hiddenStride)];
        wide = new float[Math.multiplyExact(rows, Math.max(qkvStride, gateUpStride))];
        logits = new float[Math.multiplyExact(PackedRows.padded(Math.min(maxSeqs, maxTokens)), vocabularyStride)];
        scratch = new float[threads][PackedRows.GROUP * SwiGlu.CHUNK];
        lanes = new float[threads][Lanes.TILE];
        starts = new int[threads][PackedRows.GROUP];
        sampledTokens = new int[Math.min(maxSeqs, maxTokens)];
    }

    /// Bytes of all buffers, the rotary table and the attention scratch included.
    static long bytes(ModelConfig model, int maxTokens, int maxSeqs, int positions, int threads) {
        long rows = PackedRows.padded(maxTokens);
        long widest = Math.max(stride(model.queryWidth() + 2 * model.kvWidth()), stride(2 * model.intermediateSize()));
        long elements = rows * stride(model.hiddenSize())
                + rows * widest
                + (long) PackedRows.padded(Math.min(maxSeqs, maxTokens)) * stride(model.vocabSize())
                + (long) threads * (PackedRows.GROUP * SwiGlu.CHUNK + Lanes.TILE);
        return PackedRows.bytes(maxTokens, widestInput(model))
                + Float.BYTES * elements
                + Rotary.bytes(model, positions)
                + threads * PagedAttention.scratchBytes(model)
                + Sampler.bytes(model.vocabSize());
    }

    int maxTokens() {
        return maxTokens;
    }

    int positions() {
        return positions;
    }

    /// Scratch memory of a thread: 12 rows of [SwiGlu#CHUNK] elements.
    float[] scratch(int worker) {
        return scratch[worker];
    }

    /// Room for the lanes of a vector; a thread's own.
    float[] lanes(int worker) {
        return lanes[worker];
    }

    /// Where the rows of a group begin; a thread's own.
    int[] starts(int worker) {
        return starts[worker];
    }

    /// Notes the last token of each entry that yields one.
    void findSamples(StepBatch batch) {
        int sample = 0;
        for (int entry = 0; entry < batch.entries(); entry++) {
            if (batch.samples(entry)) {
                sampledTokens[sample++] = batch.first(entry) + batch.count(entry) - 1;
            }
        }
    }

    /// The token after which the batch's `sample`-th new one comes.
    int sampledToken(int sample) {
        return sampledTokens[sample];
    }

    private static int widestInput(ModelConfig model) {
        return Math.max(model.intermediateSize(), Math.max(model.hiddenSize(), model.queryWidth()));
    }

    private static int stride(int elements) {
        return Math.ceilDiv(elements, PackedMatrix.PANEL) * PackedMatrix.PANEL;
    }
}
