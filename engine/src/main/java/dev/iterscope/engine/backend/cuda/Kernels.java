package dev.iterscope.engine.backend.cuda;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/// The loaded kernels, launched by name on one stream.
final class Kernels implements AutoCloseable {
    private static final int HEAD_WARPS = 4;

    private final CudaDriver driver;
    private final long stream;
    private final Arena arena = Arena.ofShared();
    private final KernelArguments arguments = new KernelArguments(arena);
    private final Map<String, Long> functions = new HashMap<>();

    /// Loads the kernels of a model with that head dim.
    Kernels(CudaDriver driver, long stream, KernelImages images, int headDim) {
        this.driver = driver;
        this.stream = stream;
        for (String source : KernelImages.SOURCES) {
            long module = driver.loadModule(images.read(source));
            for (String kernel : KernelImages.kernels(source, headDim)) {
                functions.put(kernel, driver.function(module, kernel));
            }
        }
        for (TileGemm.Tile tile : TileGemm.Tile.values()) {
            driver.allowSharedBytes(function(tile.kernel()), tile.sharedBytes());
        }
        driver.allowSharedBytes(function("attention_context_" + headDim), contextSharedBytes(headDim));
        driver.allowSharedBytes(function("attention_generation_" + headDim), tileSharedBytes(headDim));
    }

    /// Empty arguments for the next [#launch]; the same object every time.
    KernelArguments arguments() {
        return arguments.clear();
    }

    /// Queues a kernel.
    void launch(String kernel, LaunchShape shape, KernelArguments launchArguments) {
        driver.launch(function(kernel), shape, stream, launchArguments.pointers());
    }

    private long function(String kernel) {
        Long function = functions.get(kernel);
        if (function == null) {
            throw new IllegalArgumentException("no kernel " + kernel);
        }
        return function;
    }

    void embed(int rows, long hidden, long table, long step, long sampled, int width) {
        launch("embed", LaunchShape.line(rows, 256),
                arguments().address(hidden).address(table).address(step).address(sampled).number(width));
    }

    void rmsNorm(int rows, long out, long hidden, long weight, long step, int width, float epsilon) {
        launch(
                "rms_norm",
                LaunchShape.line(rows, 256),
                arguments().address(out).address(hidden).address(weight).address(step).number(width).real(epsilon));
    }

    void rmsNormSamples(int samples, long out, long hidden, long weight, long step, int width, float epsilon) {
        launch(
                "rms_norm_samples",
                LaunchShape.line(samples, 256),
                arguments().address(out).address(hidden).address(weight).address(step).number(width).real(epsilon));
    }

    void swiglu(int rows, long out, long gateUp, long step, int width) {
        launch("swiglu", LaunchShape.line(rows, 256), arguments().address(out).address(gateUp).address(step).number(width));
    }

    /// Norms (0 for none), rotates and writes keys and values into a layer's cache.
    void rotaryAndKvWrite(int rows, ModelShape shape, long qkv, KvLayer kv, long angles, long queryNorm, long keyNorm, long step) {
        launch(
                "rotary_and_kv_write",
                new LaunchShape(rows, Math.ceilDiv(shape.qkvHeads(), HEAD_WARPS), 1, 32, HEAD_WARPS, 0),
                arguments()
                        .address(qkv)
                        .address(kv.keys())
                        .address(kv.values())
                        .address(angles)
                        .address(queryNorm)
                        .address(keyNorm)
                        .address(step)
                        .number(shape.model().heads())
                        .number(shape.model().kvHeads())
                        .number(shape.model().headDim())
                        .number(shape.blockSize())
                        .real(shape.model().rmsNormEps()));
    }

    void attentionContext(int items, ModelShape shape, long out, long qkv, KvLayer kv, long step) {
        int headDim = shape.model().headDim();
        launch(
                "attention_context_" + headDim,
                new LaunchShape(items, shape.model().kvHeads(), 1, 128, 1, contextSharedBytes(headDim)),
                attentionArguments(out, shape, qkv, kv, step));
    }

    /// @param splits blocks that share the partitions of an item's KV
    void attentionGeneration(int items, int splits, ModelShape shape, long parts, long qkv, KvLayer kv, long step) {
        int headDim = shape.model().headDim();
        launch(
                "attention_generation_" + headDim,
                new LaunchShape(splits, shape.model().kvHeads(), items, 32, 1, tileSharedBytes(headDim)),
                attentionArguments(parts, shape, qkv, kv, step));
    }

    void attentionMerge(int items, ModelShape shape, long out, long parts, long step) {
        launch(
                "attention_merge_" + shape.model().headDim(),
                new LaunchShape(shape.model().heads(), items, 1, 32, 1, 0),
                arguments().address(out).address(parts).address(step).number(shape.model().heads()));
    }

    void sample(int samples, long sampled, long logits, long step, int vocabulary) {
        launch("sample", LaunchShape.line(samples, 512), arguments().address(sampled).address(logits).address(step).number(vocabulary));
    }

    private KernelArguments attentionArguments(long out, ModelShape shape, long qkv, KvLayer kv, long step) {
        return arguments()
                .address(out)
                .address(qkv)
                .address(kv.keys())
                .address(kv.values())
                .address(step)
                .number(shape.model().heads())
                .number(shape.model().kvHeads())
                .number(shape.blockSize())
                .real((float) (1 / Math.sqrt(shape.model().headDim())));
    }

    /// Two stages of 64 keys and values in bf16.
    static int tileSharedBytes(int headDim) {
        return 2 * 2 * 64 * headDim * 2;
    }

    /// The tiles, and the merged state of 128 threads in f32.
    static int contextSharedBytes(int headDim) {
        return tileSharedBytes(headDim) + 128 * (headDim / 2) * 4;
    }

    @Override
    public void close() {
        arena.close();
    }

    /// Where a layer's keys and values are cached.
    ///
    /// @param keys   `[blocks][kvHeads][blockSize][headDim]` bf16
    /// @param values likewise
    record KvLayer(long keys, long values) {}
}
