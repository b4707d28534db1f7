package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.cuda.DeviceWeights.Layer;
import dev.iterscope.engine.backend.cuda.Kernels.KvLayer;
import dev.iterscope.engine.model.ModelConfig;
import java.util.List;

/// Queues the kernels of a step: from token ids to sampled tokens, all on the device.
final class ForwardPass {
    private final ModelShape shape;
    private final ModelConfig model;
    private final Kernels kernels;
    private final MatrixProduct products;
    private final DeviceWeights weights;
    private final List<KvLayer> kv;
    private final Workspace work;
    private final int multiprocessors;
    private KernelTrace trace = KernelTrace.NONE;

    /// How large a step is. In a captured graph the sizes are those of the padded batch.
    ///
    /// @param rows            tokens
    /// @param samples         rows that yield a token
    /// @param contextItems    tiles of context attention
    /// @param generationItems tokens of generation attention
    /// @param contextTokens   rows that context attention works on
    /// @param contextKv       KV tokens that it reads
    /// @param contextPairs    query-key pairs that it multiplies
    /// @param generationKv    KV tokens that generation attention reads
    record Size(
            int rows,
            int samples,
            int contextItems,
            int generationItems,
            int contextTokens,
            int contextKv,
            double contextPairs,
            int generationKv) {

        /// A batch of generating sequences whose KV is not known yet.
        static Size generation(int rows) {
            return new Size(rows, rows, 0, rows, 0, 0, 0, 0);
        }
    }

    ForwardPass(
            ModelShape shape,
            Kernels kernels,
            MatrixProduct products,
            DeviceWeights weights,
            List<KvLayer> kv,
            Workspace work,
            int multiprocessors) {
        this.shape = shape;
        this.model = shape.model();
        this.kernels = kernels;
        this.products = products;
        this.weights = weights;
        this.kv = kv;
        this.work = work;
        this.multiprocessors = multiprocessors;
    }

    /// Tells `newTrace` of the launches from now on.
    void traceTo(KernelTrace newTrace) {
        trace = newTrace;
    }

    /// Queues a step that has been uploaded and tells nobody.
    void run(Size size) {
        run(size, ExecutionObserver.NONE);
    }

    /// Queues a step that has been uploaded and tells where its layers begin and end.
    void run(Size size, ExecutionObserver observer) {
        trace.before();
        kernels.embed(size.rows, work.hidden(), weights.embedding(), work.step(), work.sampled(), model.hiddenSize());
        trace.after(KernelWork.moving("embed", "embedding", -1, size.rows, 6L * size.rows * model.hiddenSize()));
        for (int i = 0; i < weights.layers().size(); i++) {
            observer.layer(i);
            attentionBlock(size, i, weights.layers().get(i));
            mlpBlock(size, i, weights.layers().get(i));
        }
        observer.layersDone();
        if (size.samples > 0) {
            head(size);
        }
    }

    /// Queues the matrix products of a layer and the head over whatever lies in the buffers, and nothing else.
    ///
    /// @param rows tokens, at most as many as the buffers hold
    void runProducts(int rows) {
        Layer layer = weights.layers().getFirst();
        int hidden = model.hiddenSize();
        products.multiply(
                work.qkv(), work.normed(), layer.qkv(), layer.qkvBias(), rows, shape.qkvWidth(), hidden, GemmOutput.STORE_BF16);
        products.multiply(work.hidden(), work.attention(), layer.output(), 0, rows, hidden, model.queryWidth(), GemmOutput.ADD_F32);
        products.multiply(
                work.gateUp(), work.normed(), layer.gateUp(), 0, rows, 2 * model.intermediateSize(), hidden, GemmOutput.STORE_BF16);
        products.multiply(
                work.hidden(), work.activated(), layer.down(), 0, rows, hidden, model.intermediateSize(), GemmOutput.ADD_F32);
        if (rows <= Workspace.padded(Workspace.samples(shape))) {
            products.multiply(
                    work.logits(), work.sampledRows(), weights.head(), 0, rows, model.vocabSize(), hidden, GemmOutput.STORE_F32);
        }
    }

    private void attentionBlock(Size size, int index, Layer layer) {
        norm(size, index, layer.inputNorm());
        product("qkv_proj", index, work.qkv(), work.normed(), layer.qkv(), layer.qkvBias(), size.rows, shape.qkvWidth(), model.hiddenSize(),
                GemmOutput.STORE_BF16);
        trace.before();
        kernels.rotaryAndKvWrite(
                size.rows, shape, work.qkv(), kv.get(index), work.angles(), layer.queryNorm(), layer.keyNorm(), work.step());
        trace.after(KernelWork.moving("rotary_and_kv_write", "rotary", index, size.rows, 4L * size.rows * shape.qkvWidth()));
        if (size.contextItems > 0) {
            trace.before();
            kernels.attentionContext(size.contextItems, shape, work.attention(), work.qkv(), kv.get(index), work.step());
            trace.after(attention("attention_context", "context_attention", index, size.contextTokens, size.contextKv, size.contextPairs));
        }
        if (size.generationItems > 0) {
            generationAttention(size, index);
        }
        product("o_proj", index, work.hidden(), work.attention(), layer.output(), 0, size.rows, model.hiddenSize(), model.queryWidth(),
                GemmOutput.ADD_F32);
    }

    private void generationAttention(Size size, int index) {
        trace.before();
        kernels.attentionGeneration(
                size.generationItems, splits(size.generationItems, model.kvHeads(), multiprocessors), shape, work.parts(), work.qkv(),
                kv.get(index), work.step());
        trace.after(attention(
                "attention_generation", "generation_attention", index, size.generationItems, size.generationKv, size.generationKv));
        trace.before();
        kernels.attentionMerge(size.generationItems, shape, work.attention(), work.parts(), work.step());
        trace.after(KernelWork.moving(
                "attention_merge", "generation_attention", index, size.generationItems, 6L * size.generationItems * model.queryWidth()));
    }

    private void mlpBlock(Size size, int index, Layer layer) {
        norm(size, index, layer.postNorm());
        product("gate_up_proj", index, work.gateUp(), work.normed(), layer.gateUp(), 0, size.rows, 2 * model.intermediateSize(),
                model.hiddenSize(), GemmOutput.STORE_BF16);
        trace.before();
        kernels.swiglu(size.rows, work.activated(), work.gateUp(), work.step(), model.intermediateSize());
        trace.after(KernelWork.moving("swiglu", "activation", index, size.rows, 6L * size.rows * model.intermediateSize()));
        product("down_proj", index, work.hidden(), work.activated(), layer.down(), 0, size.rows, model.hiddenSize(),
                model.intermediateSize(), GemmOutput.ADD_F32);
    }

    private void norm(Size size, int index, long weight) {
        trace.before();
        kernels.rmsNorm(size.rows, work.normed(), work.hidden(), weight, work.step(), model.hiddenSize(), model.rmsNormEps());
        trace.after(KernelWork.moving("rms_norm", "norm", index, size.rows, 6L * size.rows * model.hiddenSize()));
    }

    private void head(Size size) {
        trace.before();
        kernels.rmsNormSamples(
                size.samples, work.sampledRows(), work.hidden(), weights.finalNorm(), work.step(), model.hiddenSize(), model.rmsNormEps());
        trace.after(KernelWork.moving("rms_norm_samples", "norm", -1, size.samples, 6L * size.samples * model.hiddenSize()));
        product("lm_head", -1, work.logits(), work.sampledRows(), weights.head(), 0, size.samples, model.vocabSize(), model.hiddenSize(),
                GemmOutput.STORE_F32);
        trace.before();
        kernels.sample(size.samples, work.sampled(), work.logits(), work.step(), model.vocabSize());
        trace.after(KernelWork.moving("sample", "sampling", -1, size.samples, 4L * size.samples * model.vocabSize()));
    }

    private void product(String name, int layer, long y, long x, long w, long bias, int m, int n, int k, GemmOutput output) {
        trace.before();
        products.multiply(y, x, w, bias, m, n, k, output);
        trace.after(KernelWork.product(name, layer, m, n, k, output.movedBytes()));
    }

    private KernelWork attention(String name, String kind, int layer, int tokens, int kvTokens, double pairs) {
        long bytes = 4L * kvTokens * model.kvWidth() + 4L * tokens * model.queryWidth();
        return new KernelWork(name, kind, layer, 0, 0, 0, tokens, kvTokens, 4.0 * pairs * model.queryWidth(), bytes);
    }

    /// Blocks that share an item's partitions: enough of them to fill the device a few times over. A function of the batch's size
    /// alone, so that a captured graph serves any KV length.
    static int splits(int items, int kvHeads, int multiprocessors) {
        int blocksWanted = 8 * multiprocessors;
        return Math.clamp(Math.ceilDiv(blocksWanted, items * kvHeads), 1, 64);
    }
}
