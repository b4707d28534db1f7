package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.KernelRate;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.backend.SelfCheck;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.request.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The backend `cuda`: runs on the first visible NVIDIA GPU (`CUDA_VISIBLE_DEVICES` chooses). Found by ServiceLoader.
public final class CudaBackendProvider implements BackendProvider {

    /// For ServiceLoader.
    public CudaBackendProvider() {}

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public Optional<String> unavailableReason() {
        return CudaProbe.driver().unavailableReason();
    }

    @Override
    public List<Finding> findings() {
        CudaStatus status = CudaProbe.probe();
        List<Finding> findings = new ArrayList<>();
        findings.add(new Finding(
                "cuda driver",
                status.driverVersion().isPresent()
                        ? "supports CUDA " + CudaStatus.versionText(status.driverVersion().getAsInt())
                        : "not found"));
        for (CudaDevice device : status.devices()) {
            findings.add(new Finding("gpu " + device.ordinal(), device.summary()));
        }
        findings.add(new Finding("matrix library", status.cublasLt().orElse("cuBLASLt not found: own kernels")));
        findings.add(new Finding("kernel timing", status.cupti().orElse("CUPTI not found: CUDA events")));
        findings.add(new Finding("clock and power samples", status.nvml().orElse("NVML not found: none")));
        return findings;
    }

    @Override
    public OptionalLong deviceMemoryBytes() {
        return CudaProbe.driver().devices().stream().mapToLong(CudaDevice::memoryBytes).findFirst();
    }

    @Override
    public boolean hasSelfTest() {
        return true;
    }

    @Override
    public void selfTest(BackendProvider reference, Consumer<SelfCheck> report) {
        CudaStatus status = usable();
        CudaDevice device = status.devices().getFirst();
        KernelImages images = KernelImages.choose(device, status.driverVersion().orElseThrow());
        new CudaSelfTest(() -> JCudaLoader.open(device), images, SelfTestModel.decidedRequests()).run(reference, report);
    }

    @Override
    public void benchmark(ModelConfig model, Consumer<KernelRate> report) {
        ModelShape.requireSupported(model, DataType.BF16);
        CudaStatus status = usable();
        CudaDevice device = status.devices().getFirst();
        KernelImages images = KernelImages.choose(device, status.driverVersion().orElseThrow());
        try (CudaDriver driver = JCudaLoader.open(device)) {
            GpuBenchmark.run(driver, images, GpuBenchmark.Sizes.of(model, driver.freeBytes()), report);
        } catch (CudaException e) {
            throw CudaMemory.unusable(device, e);
        }
    }

    /// Opened now where a recording asks for kernels, and only when one does where none does yet.
    private static KernelTimer timer(CudaDriver driver, long stream, ExecutionObserver observer) {
        Supplier<KernelTimer> opening = () -> KernelTimer.open(driver, stream, variable(KernelTimer.VARIABLE));
        return observer.wantsKernels(0) ? opening.get() : new LazyTimer(opening);
    }

    /// The value of an environment variable; empty where it is not set.
    static String variable(String name) {
        return Optional.ofNullable(System.getenv(name)).orElse("");
    }

    private static CudaStatus usable() {
        CudaStatus status = CudaProbe.driver();
        status.unavailableReason().ifPresent(reason -> {
            throw UserInputException.machine("backend cuda cannot run here: " + reason);
        });
        return status;
    }

    @Override
    public MemoryPlan plan(BackendConfig config) {
        return CudaMemory.plan(config);
    }

    @Override
    public Backend open(BackendConfig config, MemoryPlan plan, ExecutionObserver observer) {
        CudaStatus status = usable();
        CudaDevice device = status.devices().getFirst();
        KernelImages images = KernelImages.choose(device, status.driverVersion().orElseThrow());
        try (TensorSource source = TensorSource.open(config.weights(), config.seed())) {
            source.requireModel(config.model());
            CudaDriver driver = JCudaLoader.open(device);
            CudaSession session =
                    CudaSession.open(driver, images, config, plan, source, variable(MatrixProducts.VARIABLE), observer);
            KernelTimer timer = timer(driver, session.stream(), observer);
            return new CudaBackend(session, plan, observer, timer, DeviceSampler.start(device));
        } catch (CudaException e) {
            throw CudaMemory.startFailure(plan, device, e);
        }
    }
}
