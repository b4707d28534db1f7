package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.backend.cuda.Kernels.KvLayer;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.RotaryFrequencies;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Everything that lives on the device between steps: memory, weights, kernels, graphs, and the staging through which steps go in
/// and tokens come out.
final class CudaSession implements AutoCloseable {
    private final CudaDriver driver;
    private final ModelShape shape;
    private final DeviceMemory memory;
    private final long stream;
    private final Kernels kernels;
    private final MatrixProducts products;
    private final Workspace work;
    private final ForwardPass forward;
    private final DecodeGraphs graphs;
    private final MemorySegment[] uploads = new MemorySegment[Workspace.RING];
    private final MemorySegment[] downloads = new MemorySegment[Workspace.RING];
    private final long[] done = new long[Workspace.RING];
    private @Nullable Thread boundThread;

    /// Allocates and loads. Closes the driver and releases what it has taken when that fails.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when memory or weights cannot be had
    ///
    /// @param gemm     `own` for our own matrix kernels only, else the best that is there
    /// @param observer told of the weights that are loaded
    static CudaSession open(
            CudaDriver driver,
            KernelImages images,
            BackendConfig config,
            MemoryPlan plan,
            TensorSource source,
            String gemm,
            ExecutionObserver observer) {
        DeviceMemory memory = new DeviceMemory(driver);
        try {
            driver.bindThread();
            CudaMemory.requireFree(config, plan, driver);
            return new CudaSession(driver, memory, images, CudaMemory.shape(config), plan, source, gemm, observer);
        } catch (RuntimeException | Error e) {
            memory.close();
            driver.close();
            throw e;
        }
    }

    private CudaSession(
            CudaDriver driver,
            DeviceMemory memory,
            KernelImages images,
            ModelShape shape,
            MemoryPlan plan,
            TensorSource source,
            String gemm,
            ExecutionObserver observer) {
        this.driver = driver;
        this.memory = memory;
        this.shape = shape;
        ModelConfig model = shape.model();
        stream = driver.createStream();
        Workspace layout = Workspace.layout(shape);
        work = layout.at(memory.allocate(layout.bytes()));
        List<KvLayer> kv = kvLayers(model, plan);
        DeviceWeights weights = load(model, source, observer);
        kernels = new Kernels(driver, stream, images, model.headDim());
        products = MatrixProducts.choose(
                new TileGemm(kernels, driver.device().multiprocessors()), driver, stream, work.gemmScratch(), gemm);
        forward = new ForwardPass(shape, kernels, products, weights, kv, work, driver.device().multiprocessors());
        graphs = new DecodeGraphs(driver, stream, forward, CaptureSizes.upTo(Workspace.samples(shape)));
        for (int slot = 0; slot < Workspace.RING; slot++) {
            uploads[slot] = memory.allocatePinned(4L * StepUpload.maxInts(shape));
            downloads[slot] = memory.allocatePinned(4L * Workspace.samples(shape));
            done[slot] = driver.createEvent();
        }
        // Rows that pad a captured batch are computed too, over whatever is there: zeros at first, finite values from then on.
        driver.clear(work.hidden(), work.angles() - work.hidden(), stream);
        driver.record(done[0], stream);
        driver.synchronize(done[0]);
    }

    private List<KvLayer> kvLayers(ModelConfig model, MemoryPlan plan) {
        long bytes = plan.kvBytes() / (2L * model.layers());
        List<KvLayer> layers = new ArrayList<>();
        for (int i = 0; i < model.layers(); i++) {
            layers.add(new KvLayer(memory.allocate(bytes), memory.allocate(bytes)));
        }
        return List.copyOf(layers);
    }

    private DeviceWeights load(ModelConfig model, TensorSource source, ExecutionObserver observer) {
        try (DeviceMemory scratch = new DeviceMemory(driver)) {
            DeviceWeights weights = new DeviceWeights.Loader(model, source, driver, memory, scratch, stream, observer).load();
            source.requireUnchanged();
            loadAngles(model, scratch);
            return weights;
        }
    }

    private void loadAngles(ModelConfig model, DeviceMemory scratch) {
        int half = model.headDim() / 2;
        long bytes = 4L * model.maxModelLen() * model.headDim();
        MemorySegment table = scratch.allocatePinned(bytes);
        for (int d = 0; d < half; d++) {
            double frequency = RotaryFrequencies.of(model, d);
            for (int position = 0; position < model.maxModelLen(); position++) {
                long at = (long) position * model.headDim() + 2L * d;
                table.setAtIndex(JAVA_FLOAT, at, (float) StrictMath.cos(position * frequency));
                table.setAtIndex(JAVA_FLOAT, at + 1, (float) StrictMath.sin(position * frequency));
            }
        }
        driver.copyToDevice(work.angles(), table, bytes, stream);
        long copied = driver.createEvent();
        driver.record(copied, stream);
        driver.synchronize(copied);
        driver.destroyEvent(copied);
    }

    CudaDriver driver() {
        return driver;
    }

    ModelShape shape() {
        return shape;
    }

    long stream() {
        return stream;
    }

    ForwardPass forward() {
        return forward;
    }

    DecodeGraphs graphs() {
        return graphs;
    }

    /// Queues every matrix product that steps can ask of a library, so that what it loads and chooses at the first one costs memory and
    /// time now and not during a step.
    void runProductsOfAllSizes() {
        if (products.usesLibrary()) {
            int most = Workspace.padded(shape.maxRows());
            for (int rows = Workspace.padded(1); rows <= most; rows = Workspace.padded(rows + 1)) {
                forward.runProducts(rows);
            }
        }
    }

    /// Makes the device current, once for each thread that takes over.
    void bindThread() {
        if (boundThread != Thread.currentThread()) {
            driver.bindThread();
            boundThread = Thread.currentThread();
        }
    }

    /// Queues the upload of a step. The slot's staging is free: its last step has been waited for.
    void upload(StepUpload upload, int slot) {
        long bytes = upload.write(uploads[slot]);
        driver.copyToDevice(work.step(), uploads[slot], bytes, stream);
    }

    /// Queues the download of a slot's tokens, and what [#synchronize] waits for.
    void download(int slot, int samples) {
        if (samples > 0) {
            long from = work.sampled() + 4L * slot * Workspace.samples(shape);
            driver.copyToHost(downloads[slot], from, 4L * samples, stream);
        }
        driver.record(done[slot], stream);
    }

    /// Waits for the slot's download.
    void synchronize(int slot) {
        driver.synchronize(done[slot]);
    }

    /// The tokens of a slot, in the order of the samples.
    MemorySegment sampled(int slot) {
        return downloads[slot].asSlice(0, Integer.BYTES * (long) Workspace.samples(shape), JAVA_INT.byteAlignment());
    }

    /// The device, for reports.
    DeviceInfo describe() {
        CudaDevice device = driver.device();
        return new DeviceInfo(
                device.name(),
                "cuda",
                products.description(),
                OptionalLong.of(device.memoryBytes()),
                OptionalDouble.of(device.peakBf16Flops()),
                device.peakBandwidth() > 0 ? OptionalDouble.of(device.peakBandwidth()) : OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    @Override
    public void close() {
        graphs.close();
        for (long event : done) {
            driver.destroyEvent(event);
        }
        products.close();
        kernels.close();
        memory.close();
        driver.close();
    }
}
