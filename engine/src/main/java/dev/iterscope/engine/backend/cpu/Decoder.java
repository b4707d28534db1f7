package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import org.jspecify.annotations.Nullable;

/// The forward pass of a dense decoder over one mixed batch: from token ids to the logits of the entries that sample.
///
/// Per layer nine jobs for the pool, each over all threads. All memory is allocated at construction.
final class Decoder {
    /// Stands for a kernel that belongs to no layer.
    private static final int OUTSIDE = -1;
    /// Items of several tokens are worth their coarseness when each thread gets so many.
    private static final int ITEMS_PER_THREAD = 4;

    private final ModelConfig model;
    private final DecoderWeights weights;
    private final WorkerPool pool;
    private final Kernels kernels;
    private final Gemm gemm;
    private final PagedAttention attention;
    private final KvStore kv;
    private final Rotary rotary;
    private final Activations act;
    private final KernelTimer timer;

    private final WorkerPool.Job embedJob = this::embed;
    private final WorkerPool.Job normJob = this::norm;
    private final WorkerPool.Job headsJob = this::heads;
    private final WorkerPool.Job gateJob = this::gate;
    private final WorkerPool.Job finalNormJob = this::finalNorm;

    private @Nullable StepBatch batch;
    private int layerIndex;
    private int tokensPerItem = 1;
    private float[] normWeight = new float[0];

    Decoder(
            ModelConfig model,
            DecoderWeights weights,
            KvStore kv,
            Activations activations,
            WorkerPool pool,
            Kernels kernels,
            KernelTimer timer) {
        this.timer = timer;
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
        return forward(newBatch, model.layers());
    }

    /// The same with only the first `layers` layers: enough to have all kernels compiled.
    float[] forward(StepBatch newBatch, int layers) {
        batch = newBatch;
        int tokens = newBatch.size();
        timer.start();
        pool.run(embedJob, tokens);
        timer.elementwise("embed", OUTSIDE, tokens, floats(tokens, model.hiddenSize()));
        attention.plan(newBatch);
        for (layerIndex = 0; layerIndex < Math.min(layers, model.layers()); layerIndex++) {
            LayerWeights layer = weights.layers().get(layerIndex);
            timer.layer(layerIndex);
            attentionBlock(layer, tokens);
            mlpBlock(layer, tokens);
        }
        timer.layersDone();
        if (newBatch.sampled() > 0) {
            head(newBatch.sampled());
        }
        return act.logits;
    }

    /// The attention, for kernels of it that no batch reaches often enough to have them compiled.
    PagedAttention attention() {
        return attention;
    }

    private void attentionBlock(LayerWeights layer, int tokens) {
        normalise(layer.inputNorm(), tokens);
        multiply("qkv_proj", layer.qkv(), act.wide, act.qkvStride, false);
        timer.start();
        tokensPerItem = tokens >= ITEMS_PER_THREAD * Lanes.TILE * pool.threads() ? Lanes.TILE : 1;
        pool.run(headsJob, Math.ceilDiv(tokens, tokensPerItem));
        timer.elementwise("rotary_kv_write", layerIndex, tokens, floats(tokens, 2 * act.qkvStride));
        act.input.reset(tokens, model.queryWidth());
        if (attention.contextTokens() > 0) {
            timer.start();
            attention.attendContext(layerIndex, act.wide, act.qkvStride, act.input);
            if (timer.isOn()) {
                timer.attention("context_attention", layerIndex, attention.contextWork());
            }
        }
        if (attention.generationTokens() > 0) {
            timer.start();
            attention.attendGeneration(layerIndex, act.wide, act.qkvStride, act.input);
            if (timer.isOn()) {
                timer.attention("generation_attention", layerIndex, attention.generationWork());
            }
        }
        multiply("o_proj", layer.output(), act.residual, act.hiddenStride, true);
    }

    private void mlpBlock(LayerWeights layer, int tokens) {
        normalise(layer.postNorm(), tokens);
        multiply("gate_up_proj", layer.gateUp(), act.wide, act.gateUpStride, false);
        timer.start();
        act.input.reset(tokens, model.intermediateSize());
        pool.run(gateJob, act.input.groups() * gateChunks());
        timer.elementwise("swiglu", layerIndex, tokens, floats(tokens, 3 * model.intermediateSize()));
        multiply("down_proj", layer.down(), act.residual, act.hiddenStride, true);
    }

    private void head(int samples) {
        layerIndex = OUTSIDE;
        timer.start();
        act.input.reset(samples, model.hiddenSize());
        act.findSamples(batch());
        pool.run(finalNormJob, act.input.groups());
        timer.elementwise("final_norm", OUTSIDE, samples, floats(samples, 2 * model.hiddenSize()));
        multiply("lm_head", weights.head(), act.logits, act.vocabularyStride, false);
    }

    private void multiply(String kernel, PackedMatrix matrix, float[] result, int rowLength, boolean add) {
        timer.start();
        gemm.multiply(act.input, matrix, result, rowLength, add);
        timer.gemm(kernel, layerIndex, act.input.rows(), matrix);
    }

    private static long floats(int rows, int columns) {
        return (long) Float.BYTES * rows * columns;
    }

    /// Distance of two rows of logits.
    int vocabularyStride() {
        return act.vocabularyStride;
    }

    private void normalise(float[] weight, int tokens) {
        normWeight = weight;
        timer.start();
        act.input.reset(tokens, model.hiddenSize());
        pool.run(normJob, act.input.groups());
        timer.elementwise("rms_norm", layerIndex, tokens, floats(tokens, 2 * model.hiddenSize()));
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

    private void norm(int group, int worker) {
        int rows = Math.min(PackedRows.GROUP, act.input.rows() - group * PackedRows.GROUP);
        int[] starts = act.starts(worker);
        for (int r = 0; r < rows; r++) {
            starts[r] = (group * PackedRows.GROUP + r) * act.hiddenStride;
        }
        norm(group, rows, starts, normWeight, worker);
    }

    /// Only the rows that yield a token go through the head.
    private void finalNorm(int group, int worker) {
        int rows = Math.min(PackedRows.GROUP, act.input.rows() - group * PackedRows.GROUP);
        int[] starts = act.starts(worker);
        for (int r = 0; r < rows; r++) {
            starts[r] = act.sampledToken(group * PackedRows.GROUP + r) * act.hiddenStride;
        }
        norm(group, rows, starts, weights.finalNorm(), worker);
    }

    private void norm(int group, int rows, int[] starts, float[] weight, int worker) {
        RmsNorm.intoPacked(
                kernels,
                act.residual,
                starts,
                rows,
                model.hiddenSize(),
                weight,
                model.rmsNormEps(),
                act.scratch(worker),
                act.lanes(worker),
                act.input,
                group);
    }

    /// Neighbouring tokens of a prompt share a tile of keys: one thread takes them, else threads wait for each other's cache lines.
    private void heads(int item, int worker) {
        int end = Math.min(batch().size(), (item + 1) * tokensPerItem);
        for (int token = item * tokensPerItem; token < end; token++) {
            headsOf(token, worker);
        }
    }

    /// Bias, norm and rotation of a token's query and key heads; stores its keys and values.
    private void headsOf(int token, int worker) {
        LayerWeights layer = weights.layers().get(layerIndex);
        StepBatch tokens = batch();
        int row = token * act.qkvStride;
        int position = tokens.position(token);
        addBias(layer.qkvBias(), row);
        for (int h = 0; h < model.heads(); h++) {
            normAndRotate(row + h * model.headDim(), layer.queryNorm(), position, worker);
        }
        int keys = row + model.queryWidth();
        int values = keys + model.kvWidth();
        int block = tokens.blocks(tokens.entryOf(token))[position / kv.blockSize()];
        for (int h = 0; h < model.kvHeads(); h++) {
            int key = keys + h * model.headDim();
            normAndRotate(key, layer.keyNorm(), position, worker);
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

    private void normAndRotate(int from, float @Nullable [] weight, int position, int worker) {
        if (weight != null) {
            RmsNorm.inPlace(kernels, act.wide, from, model.headDim(), weight, model.rmsNormEps(), act.lanes(worker));
        }
        rotary.rotate(kernels, act.wide, from, position);
    }

    private int gateChunks() {
        return Math.ceilDiv(model.intermediateSize(), SwiGlu.CHUNK);
    }

    private void gate(int item, int worker) {
        int column = item % gateChunks() * SwiGlu.CHUNK;
        int count = Math.min(SwiGlu.CHUNK, model.intermediateSize() - column);
        SwiGlu.intoPacked(
                kernels,
                act.wide,
                act.gateUpStride,
                model.intermediateSize(),
                column,
                count,
                act.scratch(worker),
                act.input,
                item / gateChunks());
    }
}
