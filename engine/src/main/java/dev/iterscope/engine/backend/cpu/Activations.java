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
    final float[][] gateScratch;
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
        gateScratch = new float[threads][model.intermediateSize()];
    }

    /// Bytes of all buffers, the rotary table and the attention scratch included.
    static long bytes(ModelConfig model, int maxTokens, int maxSeqs, int positions, int threads) {
        long rows = PackedRows.padded(maxTokens);
        long widest = Math.max(stride(model.queryWidth() + 2 * model.kvWidth()), stride(2 * model.intermediateSize()));
        long elements = rows * stride(model.hiddenSize())
                + rows * widest
                + (long) PackedRows.padded(Math.min(maxSeqs, maxTokens)) * stride(model.vocabSize())
                + (long) threads * model.intermediateSize();
        return PackedRows.bytes(maxTokens, widestInput(model))
                + Float.BYTES * elements
                + Rotary.bytes(model, positions)
                + threads * PagedAttention.scratchBytes(model);
    }

    int maxTokens() {
        return maxTokens;
    }

    int positions() {
        return positions;
    }

    /// The entry that yields the `sample`-th token of the batch.
    int entryOfSample(StepBatch batch, int sample) {
        int seen = -1;
        for (int entry = 0;; entry++) {
            seen += batch.samples(entry) ? 1 : 0;
            if (seen == sample) {
                return entry;
            }
        }
    }

    private static int widestInput(ModelConfig model) {
        return Math.max(model.intermediateSize(), Math.max(model.hiddenSize(), model.queryWidth()));
    }

    private static int stride(int elements) {
        return Math.ceilDiv(elements, PackedMatrix.PANEL) * PackedMatrix.PANEL;
    }
}
