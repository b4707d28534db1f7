package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import org.jspecify.annotations.Nullable;

/// The forward pass of a dense decoder over one mixed batch: from token ids to the logits of the entries that sample.
///
/// Per layer nine jobs for the pool, each over all threads. All memory is allocated at construction.
final class Decoder {
    private final ModelConfig model;
    private final DecoderWeights weights;
    private final WorkerPool pool;
    private final Kernels kernels;
    private final Gemm gemm;
    private final PagedAttention attention;
    private final KvStore kv;
    private final Rotary rotary;
    private final Activations act;

    private final WorkerPool.Job embedJob = this::embed;
    private final WorkerPool.Job normJob = this::norm;
    private final WorkerPool.Job headsJob = this::heads;
    private final WorkerPool.Job gateJob = this::gate;
    private final WorkerPool.Job finalNormJob = this::finalNorm;

    private @Nullable StepBatch batch;
    private int layerIndex;
    private float[] normWeight = new float[0];

    Decoder(ModelConfig model, DecoderWeights weights, KvStore kv, Activations activations, WorkerPool pool, Kernels kernels) {
        this.model = model;
        this.weights = weights;
        this.kv = kv;
        this.act = activations;
        this.pool = pool;
        this.kernels = kernels;
        gemm = new Gemm(pool, kernels);
        attention = new PagedAttention(pool, kernels, kv, model, activations.maxTokens());
        rotary = new Rotary(model, activations.positions());
    }

    /// Computes the batch and stores its keys and values.
    ///
    /// @return logits: one row of [#vocabularyStride()] elements for each entry that samples, in order of entries
    float[] forward(StepBatch newBatch) {
        batch = newBatch;
        int tokens = newBatch.size();
        pool.run(embedJob, tokens);
        attention.plan(newBatch);
        for (layerIndex = 0; layerIndex < model.layers(); layerIndex++) {
            LayerWeights layer = weights.layers().get(layerIndex);
            normalise(layer.inputNorm(), tokens);
            gemm.multiply(act.input, layer.qkv(), act.wide, act.qkvStride, false);
            pool.run(headsJob, tokens);
            act.input.reset(tokens, model.queryWidth());
            attention.attend(layerIndex, act.wide, act.qkvStride, act.input);
            gemm.multiply(act.input, layer.output(), act.residual, act.hiddenStride, true);
            normalise(layer.postNorm(), tokens);
            gemm.multiply(act.input, layer.gateUp(), act.wide, act.gateUpStride, false);
            act.input.reset(tokens, model.intermediateSize());
            pool.run(gateJob, tokens);
            gemm.multiply(act.input, layer.down(), act.residual, act.hiddenStride, true);
        }
        if (newBatch.sampled() > 0) {
            act.input.reset(newBatch.sampled(), model.hiddenSize());
            pool.run(finalNormJob, newBatch.sampled());
            gemm.multiply(act.input, weights.head(), act.logits, act.vocabularyStride, false);
        }
        return act.logits;
    }

    /// Distance of two rows of logits.
    int vocabularyStride() {
        return act.vocabularyStride;
    }

    private void normalise(float[] weight, int tokens) {
        normWeight = weight;
        act.input.reset(tokens, model.hiddenSize());
        pool.run(normJob, tokens);
    }

    private StepBatch batch() {
        StepBatch current = batch;
        if (current == null) {
            throw new IllegalStateException("no batch is under way");
        }
        return current;
    }

    private void embed(int token, int worker) {
        weights.embedding().column(batch().token(token), act.residual, token * act.hiddenStride);
    }

    private void norm(int token, int worker) {
        RmsNorm.intoPacked(
                act.residual, token * act.hiddenStride, model.hiddenSize(), normWeight, model.rmsNormEps(), act.input, token);
    }

    /// Bias, norm and rotation of a token's query and key heads; stores its keys and values.
    private void heads(int token, int worker) {
        LayerWeights layer = weights.layers().get(layerIndex);
        StepBatch tokens = batch();
        int row = token * act.qkvStride;
        int position = tokens.position(token);
        addBias(layer.qkvBias(), row);
        for (int h = 0; h < model.heads(); h++) {
            normAndRotate(row + h * model.headDim(), layer.queryNorm(), position);
        }
        int keys = row + model.queryWidth();
        int values = keys + model.kvWidth();
        int block = tokens.blocks(tokens.entryOf(token))[position / kv.blockSize()];
        for (int h = 0; h < model.kvHeads(); h++) {
            int key = keys + h * model.headDim();
            normAndRotate(key, layer.keyNorm(), position);
            kv.store(layerIndex, block, h, position % kv.blockSize(), act.wide, key, act.wide, values + h * model.headDim());
        }
    }

    private void addBias(float @Nullable [] bias, int row) {
        if (bias != null) {
            for (int i = 0; i < bias.length; i++) {
                act.wide[row + i] += bias[i];
            }
        }
    }

    private void normAndRotate(int from, float @Nullable [] weight, int position) {
        if (weight != null) {
            RmsNorm.inPlace(act.wide, from, model.headDim(), weight, model.rmsNormEps());
        }
        rotary.rotate(act.wide, from, position);
    }

    private void gate(int token, int worker) {
        int row = token * act.gateUpStride;
        SwiGlu.intoPacked(
                kernels, act.wide, row, row + model.intermediateSize(), model.intermediateSize(), act.gateScratch[worker], act.input,
                token);
    }

    private void finalNorm(int sample, int worker) {
        StepBatch tokens = batch();
        int entry = act.entryOfSample(tokens, sample);
        int token = tokens.first(entry) + tokens.count(entry) - 1;
        RmsNorm.intoPacked(
                act.residual, token * act.hiddenStride, model.hiddenSize(), weights.finalNorm(), model.rmsNormEps(), act.input, sample);
    }
}
