package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.iterscope.engine.backend.KernelRate;
import dev.iterscope.engine.backend.cuda.Kernels.KvLayer;
import dev.iterscope.engine.model.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Times what a step consists of, at a model's sizes: copies, matrix products by our kernels and by cuBLASLt, and both attention
/// kernels. Operands are random, since zeros take less power and so run faster; those of a run lie elsewhere than those of the run
/// before it, so that none come from the device's cache.
final class GpuBenchmark implements AutoCloseable {
    private static final int REPETITIONS = 7;
    private static final long RANDOM_BYTES = 1 << 20;
    /// A copy of less than this says little about the memory.
    private static final long LEAST_BYTES = 64L << 20;

    private final CudaDriver driver;
    private final Consumer<KernelRate> report;
    private final Sizes sizes;
    private final ModelConfig model;
    private final DeviceMemory memory;
    private final long stream;
    private final long start;
    private final long end;
    private final long operands;
    private long offset;
    private double bandwidth;

    /// What is measured.
    ///
    /// @param model       the model whose layers give the shapes
    /// @param rows        rows of matrix products
    /// @param prompts     context attention: tokens of a whole prompt
    /// @param generations generation attention: sequences and the KV length of each
    /// @param bytes       device memory for operands; at least twice the largest one
    record Sizes(ModelConfig model, List<Integer> rows, List<Integer> prompts, List<Generation> generations, long bytes) {

        /// What is worth knowing of a model, as far as its longest sequence and the device's memory reach.
        static Sizes of(ModelConfig model, long freeBytes) {
            int longest = model.maxModelLen();
            List<Generation> generations = Stream.of(
                    new Generation(1, 1024), new Generation(1, 32768), new Generation(32, 1024), new Generation(32, 8192),
                    new Generation(128, 2048))
                    .filter(batch -> batch.kvTokens <= longest)
                    .toList();
            long largestMatrix = 2L * 2 * model.intermediateSize() * model.hiddenSize();
            long largestCache = generations.stream().mapToLong(batch -> 2L * batch.sequences * batch.kvTokens * model.kvWidth()).max()
                    .orElse(0);
            long wanted = Math.max(LEAST_BYTES, 4 * Math.max(largestMatrix, largestCache));
            return new Sizes(
                    model,
                    Stream.of(1, 8, 32, 64, 256, 1024, 4096, 8192).filter(rows -> rows <= longest).toList(),
                    Stream.of(512, 2048, 8192).filter(tokens -> tokens <= longest).toList(),
                    generations,
                    DeviceMemory.align(Math.min(wanted, freeBytes / 2)));
        }
    }

    /// A batch of generating sequences.
    ///
    /// @param sequences how many
    /// @param kvTokens  KV length of each
    record Generation(int sequences, int kvTokens) {}

    private record Matrix(String name, int n, int k) {}

    private GpuBenchmark(CudaDriver driver, Sizes sizes, Consumer<KernelRate> report) {
        this.driver = driver;
        this.report = report;
        this.sizes = sizes;
        model = sizes.model;
        memory = new DeviceMemory(driver);
        stream = driver.createStream();
        start = driver.createEvent();
        end = driver.createEvent();
        operands = memory.allocate(sizes.bytes);
    }

    /// Measures everything, reporting each figure as it is known.
    static void run(CudaDriver driver, KernelImages images, Sizes sizes, Consumer<KernelRate> report) {
        driver.bindThread();
        try (GpuBenchmark benchmark = new GpuBenchmark(driver, sizes, report)) {
            benchmark.randomise();
            benchmark.copy();
            try (Kernels kernels = new Kernels(driver, benchmark.stream, images, sizes.model.headDim())) {
                benchmark.products(kernels);
                sizes.prompts.forEach(tokens -> benchmark.contextAttention(kernels, tokens));
                sizes.generations.forEach(batch -> benchmark.generationAttention(kernels, batch));
            }
        }
    }

    /// Fills the operands with bf16 values around 1e-2: a megabyte of them, copied on in ever larger pieces.
    private void randomise() {
        MemorySegment staging = memory.allocatePinned(RANDOM_BYTES);
        SplittableRandom random = new SplittableRandom(1);
        for (long i = 0; i < RANDOM_BYTES / 2; i++) {
            staging.setAtIndex(
                    JAVA_SHORT, i, Bf16.round((float) random.nextDouble(-0.02, 0.02)));
        }
        driver.copyToDevice(operands, staging, RANDOM_BYTES, stream);
        for (long filled = RANDOM_BYTES; filled < sizes.bytes; filled *= 2) {
            driver.copyOnDevice(operands + filled, operands, Math.min(filled, sizes.bytes - filled), stream);
        }
        driver.record(end, stream);
        driver.synchronize(end);
    }

    /// A place for an operand, other than the one before.
    private long place(long bytes) {
        long aligned = DeviceMemory.align(bytes);
        if (offset + aligned > sizes.bytes) {
            offset = 0;
        }
        long address = operands + offset;
        offset += aligned;
        return address;
    }

    /// Half of the operands onto the other half: every byte is read and written.
    private void copy() {
        long bytes = DeviceMemory.align(sizes.bytes / 4);
        double seconds = seconds(() -> driver.copyOnDevice(operands + 2 * bytes, operands, bytes, stream));
        bandwidth = 2.0 * bytes / seconds;
        report.accept(new KernelRate("copy", bytes / (1 << 20) + " MiB", seconds, 0, 2.0 * bytes, 1));
    }

    private void products(Kernels kernels) {
        TileGemm own = new TileGemm(kernels, driver.device().multiprocessors());
        long scratch = memory.allocate(CublasLt.SCRATCH_BYTES);
        Optional<CublasLt> cublasLt = CublasLt.open(driver, stream, scratch, own);
        try {
            for (Matrix matrix : matrices()) {
                for (int m : sizes.rows) {
                    product("gemm, own", own, matrix, m);
                    cublasLt.ifPresent(found -> product("gemm, " + found.name(), found, matrix, m));
                }
            }
        } finally {
            cublasLt.ifPresent(CublasLt::close);
        }
    }

    private List<Matrix> matrices() {
        return List.of(
                new Matrix("qkv_proj", model.queryWidth() + 2 * model.kvWidth(), model.hiddenSize()),
                new Matrix("o_proj", model.hiddenSize(), model.queryWidth()),
                new Matrix("gate_up_proj", 2 * model.intermediateSize(), model.hiddenSize()),
                new Matrix("down_proj", model.hiddenSize(), model.intermediateSize()));
    }

    private void product(String kernel, MatrixProduct product, Matrix matrix, int m) {
        KernelWork work = KernelWork.product(matrix.name, 0, m, matrix.n, matrix.k, GemmOutput.STORE_BF16.movedBytes());
        long rows = Workspace.padded(m);
        double seconds;
        try (DeviceMemory local = new DeviceMemory(driver)) {
            long x = local.allocate(2 * rows * matrix.k);
            driver.copyOnDevice(x, operands, Math.min(2 * rows * matrix.k, sizes.bytes), stream);
            long y = local.allocate(2 * rows * matrix.n);
            seconds = seconds(() -> product.multiply(
                    y, x, place(2L * matrix.n * matrix.k), 0, m, matrix.n, matrix.k, GemmOutput.STORE_BF16));
        }
        report(kernel, matrix.name + " m=" + m + " n=" + matrix.n + " k=" + matrix.k, seconds, work.flops(), (double) work.bytes());
    }

    private void contextAttention(Kernels kernels, int tokens) {
        ModelShape shape = new ModelShape(model, tokens, 1, 16);
        StepUpload step = new StepUpload(shape, 0);
        step.begin();
        entry(step, shape, 0, tokens, 0);
        double pairs = tokens * (tokens + 1.0) / 2;
        attention(kernels, "attention_context", "prompt of " + tokens + " tokens", shape, step, 0, tokens, tokens, pairs);
    }

    private void generationAttention(Kernels kernels, Generation batch) {
        ModelShape shape = new ModelShape(model, batch.sequences, batch.sequences, 16);
        int parts = batch.sequences * Math.ceilDiv(batch.kvTokens, StepUpload.PARTITION);
        StepUpload step = new StepUpload(shape, parts);
        step.begin();
        int blocks = Math.ceilDiv(batch.kvTokens, shape.blockSize());
        for (int s = 0; s < batch.sequences; s++) {
            entry(step, shape, batch.kvTokens - 1, 1, s * blocks);
        }
        long kv = (long) batch.sequences * batch.kvTokens;
        attention(kernels, "attention_generation", batch.sequences + " sequences of " + batch.kvTokens, shape, step, parts, batch.sequences,
                kv, (double) kv);
    }

    private static void entry(StepUpload step, ModelShape shape, int first, int rows, int firstBlock) {
        int[] blocks = new int[Math.ceilDiv(first + rows, shape.blockSize())];
        Arrays.setAll(blocks, i -> firstBlock + i);
        step.beginEntry(first, rows, blocks);
        for (int p = first; p < first + rows; p++) {
            step.token(0, p);
        }
    }

    private void attention(
            Kernels kernels, String name, String size, ModelShape shape, StepUpload step, int maxParts, int rows, long kv, double pairs) {
        long cacheBytes = 2L * Math.ceilDiv(kv, (long) shape.blockSize()) * shape.blockSize() * model.kvWidth();
        if (2 * cacheBytes > sizes.bytes) {
            return; // its KV does not fit into the operands
        }
        double seconds;
        try (DeviceMemory local = new DeviceMemory(driver)) {
            MemorySegment staging = local.allocatePinned(4L * StepUpload.maxInts(shape));
            long stepBytes = step.write(staging);
            long device = local.allocate(stepBytes);
            driver.copyToDevice(device, staging, stepBytes, stream);
            long qkv = local.allocate(2L * rows * shape.qkvWidth());
            driver.copyOnDevice(qkv, operands, Math.min(2L * rows * shape.qkvWidth(), sizes.bytes), stream);
            long out = local.allocate(2L * rows * model.queryWidth());
            long parts = local.allocate(4L * maxParts * model.heads() * (model.headDim() + 2));
            int splits = ForwardPass.splits(Math.max(1, step.generationItems()), model.kvHeads(), driver.device().multiprocessors());
            seconds = seconds(() -> {
                KvLayer cache = new KvLayer(place(cacheBytes), place(cacheBytes));
                if (step.contextItems() > 0) {
                    kernels.attentionContext(step.contextItems(), shape, out, qkv, cache, device);
                } else {
                    kernels.attentionGeneration(step.generationItems(), splits, shape, parts, qkv, cache, device);
                    kernels.attentionMerge(step.generationItems(), shape, out, parts, device);
                }
            });
        }
        report(name, size, seconds, 4.0 * pairs * model.queryWidth(), 2.0 * cacheBytes + 4.0 * rows * model.queryWidth());
    }

    /// Median time of a run: a first one that is not counted tells how many fill ten milliseconds.
    private double seconds(Runnable run) {
        measure(run, 1);
        double once = measure(run, 1);
        int runs = (int) Math.clamp(0.01 / Math.max(once, 1e-9), 1, 200);
        double[] times = new double[REPETITIONS];
        for (int i = 0; i < REPETITIONS; i++) {
            times[i] = measure(run, runs);
        }
        Arrays.sort(times);
        return times[REPETITIONS / 2];
    }

    private double measure(Runnable run, int runs) {
        driver.record(start, stream);
        for (int i = 0; i < runs; i++) {
            run.run();
        }
        driver.record(end, stream);
        driver.synchronize(end);
        return driver.elapsedMillis(start, end) / 1e3 / runs;
    }

    private void report(String kernel, String size, double seconds, double flops, double bytes) {
        double allowed = Math.max(flops / driver.device().peakBf16Flops(), bytes / bandwidth);
        report.accept(new KernelRate(kernel, size, seconds, flops, bytes, allowed / seconds));
    }

    @Override
    public void close() {
        driver.destroyEvent(start);
        driver.destroyEvent(end);
        memory.close();
    }
}
