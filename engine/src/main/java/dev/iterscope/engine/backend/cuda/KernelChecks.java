package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.SelfCheck;
import dev.iterscope.engine.backend.cuda.Kernels.KvLayer;
import dev.iterscope.engine.backend.cuda.TileGemm.Tile;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;

/// Runs each kernel on random data of odd sizes and compares it with its formula in double precision.
final class KernelChecks {
    private static final long SEED = 20;
    private static final int ROWS = 7;
    /// Products of values below 1, summed in f32 over at most 328 elements, against exact sums.
    private static final double SUM_BOUND = 1e-4;

    private final CudaDriver driver;
    private final Consumer<SelfCheck> report;
    private final long stream;
    private final Kernels kernels;
    private final CheckArrays arrays;
    private final ModelShape shape;

    private KernelChecks(
            CudaDriver driver, Consumer<SelfCheck> report, long stream, Kernels kernels, CheckArrays arrays, ModelShape shape) {
        this.driver = driver;
        this.report = report;
        this.stream = stream;
        this.kernels = kernels;
        this.arrays = arrays;
        this.shape = shape;
    }

    /// Checks the kernels of models with that head dim, and for the first of them also those that have none.
    static void run(CudaDriver driver, KernelImages images, int headDim, Consumer<SelfCheck> report) {
        long stream = driver.createStream();
        ModelShape shape = new ModelShape(SelfTestModel.ofHeads(8, 2, headDim), 512, 8, 16);
        try (Kernels kernels = new Kernels(driver, stream, images, headDim);
                CheckArrays arrays = new CheckArrays(driver, stream, SEED + headDim)) {
            KernelChecks checks = new KernelChecks(driver, report, stream, kernels, arrays, shape);
            if (headDim == ModelShape.HEAD_DIMS.getFirst()) {
                checks.withoutHeads();
            }
            checks.rotary();
            new AttentionChecks(kernels, arrays, shape).run(report);
        }
    }

    private void withoutHeads() {
        for (Tile tile : Tile.values()) {
            gemm(tile.kernel(), 45, GemmOutput.STORE_F32,
                    (y, x, w, bias, m, n, k) -> kernels.launch(tile.kernel(), tile.launch(m, n), kernels.arguments()
                            .address(y).address(x).address(w).address(bias).number(m).number(n).number(k)
                            .number(GemmOutput.STORE_F32.code())));
        }
        matrixLibrary();
        embedding();
        rmsNorm();
        swiglu();
        sampling();
    }

    private interface Multiplication {
        void run(long y, long x, long w, long bias, int m, int n, int k);
    }

    private void gemm(String name, int n, GemmOutput output, Multiplication multiplication) {
        int m = 70;
        int k = 328;
        float[] x = arrays.values(m * k);
        float[] w = arrays.values(n * k);
        float[] bias = arrays.values(output == GemmOutput.STORE_BF16 ? n : 0);
        float[] before = arrays.values(output == GemmOutput.ADD_F32 ? m * n : 0);
        // behind the rows there must be room for those that the matrix library pads
        long y = arrays.space(4L * Workspace.padded(m) * n);
        if (before.length > 0) {
            driver.copyOnDevice(y, arrays.floats(before), 4L * before.length, stream);
        }
        long input = arrays.space(2L * Workspace.padded(m) * k);
        driver.copyOnDevice(input, arrays.bf16(x), 2L * x.length, stream);
        multiplication.run(y, input, arrays.bf16(w), bias.length > 0 ? arrays.bf16(bias) : 0, m, n, k);
        float[] actual = output == GemmOutput.STORE_BF16 ? arrays.readBf16(y, m * n) : arrays.readFloats(y, m * n);
        ErrorBound bound = new ErrorBound(name);
        for (int i = 0; i < actual.length; i++) {
            double sum = before.length > 0 ? before[i] : bias.length > 0 ? bias[i % n] : 0;
            for (int j = 0; j < k; j++) {
                sum += (double) x[i / n * k + j] * w[i % n * k + j];
            }
            double rounding = output == GemmOutput.STORE_BF16 ? ErrorBound.BF16 * Math.abs(sum) : 0;
            bound.compare(actual[i], sum, SUM_BOUND + rounding, i);
        }
        report.accept(bound.result());
    }

    /// cuBLASLt, where it is there, in each of the ways that a step uses it.
    private void matrixLibrary() {
        long scratch = arrays.space(CublasLt.SCRATCH_BYTES);
        TileGemm own = new TileGemm(kernels, driver.device().multiprocessors());
        try (MatrixProducts products = MatrixProducts.choose(own, driver, stream, scratch, "")) {
            if (products.usesLibrary()) {
                for (GemmOutput output : GemmOutput.values()) {
                    String name = "gemm by " + products.description() + ", " + output.name().toLowerCase(Locale.ROOT);
                    gemm(name, 64, output, (y, x, w, bias, m, n, k) -> products.multiply(y, x, w, bias, m, n, k, output));
                }
            }
        }
    }

    private void embedding() {
        int width = 300;
        float[] table = arrays.values(50 * width);
        StepUpload step = new StepUpload(shape, 16);
        step.begin();
        step.beginEntry(3, 2, new int[] {0});
        step.token(49, 3);
        step.token(-1 - 2, 4); // what the device sampled at place 2
        long hidden = arrays.space(4L * 2 * width);
        kernels.embed(2, hidden, arrays.bf16(table), arrays.step(step, shape), arrays.ints(new int[] {7, 8, 11, 9}), width);
        compare("embed", arrays.readFloats(hidden, 2 * width), 0, i -> table[(i < width ? 49 : 11) * width + i % width]);
    }

    private void rmsNorm() {
        int width = 1000;
        float epsilon = 1e-6f;
        float[] hidden = arrays.values(ROWS * width);
        float[] weight = arrays.values(width);
        long out = arrays.space(2L * ROWS * width);
        kernels.rmsNorm(ROWS, out, arrays.floats(hidden), arrays.bf16(weight), arrays.step(rows(ROWS), shape), width, epsilon);
        compare("rms_norm", arrays.readBf16(out, ROWS * width), ErrorBound.BF16, i -> {
            double squares = 0;
            for (int j = 0; j < width; j++) {
                squares += Math.pow(hidden[i / width * width + j], 2);
            }
            return hidden[i] / Math.sqrt(squares / width + epsilon) * weight[i % width];
        });
    }

    private void swiglu() {
        int width = 1000;
        float[] gateUp = arrays.values(ROWS * 2 * width);
        long out = arrays.space(2L * ROWS * width);
        kernels.swiglu(ROWS, out, arrays.bf16(gateUp), arrays.step(rows(ROWS), shape), width);
        compare("swiglu", arrays.readBf16(out, ROWS * width), ErrorBound.BF16, i -> {
            double gate = gateUp[i / width * 2 * width + i % width];
            return gate / (1 + Math.exp(-gate)) * gateUp[i / width * 2 * width + width + i % width];
        });
    }

    /// Greedy, and drawn from the one token that top-k leaves.
    private void sampling() {
        int vocabulary = 5001;
        float[] logits = new float[4 * vocabulary];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) arrays.random().nextDouble(-1, 1); // hardly ever equal: with equal ones the draw would be open
        }
        StepUpload step = new StepUpload(shape, 16);
        step.begin();
        for (int row = 0; row < 4; row++) {
            step.beginEntry(0, 1, new int[] {1});
            step.token(0, 0);
            step.sample(row, row < 2 ? 0 : 1.25f, 0.9f, row < 2 ? 0 : 1, arrays.random().nextLong());
        }
        long sampled = arrays.space(4L * 4);
        kernels.sample(4, sampled, arrays.floats(logits), arrays.step(step, shape), vocabulary);
        int[] tokens = arrays.readInts(sampled, 4);
        ErrorBound bound = new ErrorBound("sample");
        for (int row = 0; row < 4; row++) {
            int best = 0;
            for (int i = 1; i < vocabulary; i++) {
                best = logits[row * vocabulary + i] > logits[row * vocabulary + best] ? i : best;
            }
            bound.compare(tokens[row], best, 0.5, row);
        }
        report.accept(bound.result());
    }

    private void rotary() {
        int headDim = shape.model().headDim();
        int half = headDim / 2;
        float[] qkv = arrays.values(5 * shape.qkvWidth());
        float[] angles = arrays.values(64 * headDim);
        int[] blocks = {4, 2, 3};
        StepUpload step = new StepUpload(shape, 16);
        step.begin();
        step.beginEntry(14, 5, blocks);
        for (int p = 14; p < 19; p++) {
            step.token(0, p);
        }
        int cached = 5 * shape.blockSize() * shape.model().kvWidth();
        KvLayer cache = new KvLayer(arrays.space(2L * cached), arrays.space(2L * cached));
        long device = arrays.bf16(qkv);
        kernels.rotaryAndKvWrite(5, shape, device, cache, arrays.floats(angles), 0, 0, arrays.step(step, shape));
        float[] queries = arrays.readBf16(device, qkv.length);
        float[] keys = arrays.readBf16(cache.keys(), cached);
        float[] values = arrays.readBf16(cache.values(), cached);
        ErrorBound bound = new ErrorBound("rotary_and_kv_write, head dim " + headDim);
        int heads = shape.model().heads();
        int kvHeads = shape.model().kvHeads();
        for (int i = 0; i < qkv.length; i++) {
            int position = 14 + i / shape.qkvWidth();
            int head = i % shape.qkvWidth() / headDim;
            int d = i % headDim;
            int kvHead = head < heads + kvHeads ? head - heads : head - heads - kvHeads;
            int block = blocks[position / shape.blockSize()];
            int at = ((block * kvHeads + kvHead) * shape.blockSize() + position % shape.blockSize()) * headDim + d;
            if (head >= heads + kvHeads) {
                bound.compare(values[at], qkv[i], Double.MIN_NORMAL, i);
                continue;
            }
            double cosine = angles[position * headDim + 2 * (d % half)];
            double sine = angles[position * headDim + 2 * (d % half) + 1];
            double expected = d < half ? qkv[i] * cosine - qkv[i + half] * sine : qkv[i] * cosine + qkv[i - half] * sine;
            bound.compare(head < heads ? queries[i] : keys[at], expected, ErrorBound.BF16 * Math.abs(expected) + 1e-6, i);
        }
        report.accept(bound.result());
    }

    private StepUpload rows(int count) {
        StepUpload step = new StepUpload(shape, 16);
        step.begin();
        step.beginEntry(0, count, new int[] {1});
        for (int row = 0; row < count; row++) {
            step.token(0, row);
        }
        return step;
    }

    private void compare(String name, float[] actual, double relative, IntToDoubleFunction expected) {
        ErrorBound bound = new ErrorBound(name);
        for (int i = 0; i < actual.length; i++) {
            double value = expected.applyAsDouble(i);
            bound.compare(actual[i], value, relative * Math.abs(value) + 1e-7, i);
        }
        report.accept(bound.result());
    }
}
