package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.SelfCheck;
import dev.iterscope.engine.request.Request;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Checks a device: each kernel against its formula, then the engine against another backend. After a fault of a kernel nothing more
/// can be checked, since the driver answers every call with it.
final class CudaSelfTest {
    private final Supplier<CudaDriver> drivers;
    private final KernelImages images;
    private final List<Request> requests;

    /// @param drivers  opens the device anew
    /// @param requests some of [SelfTestModel#decidedRequests]
    CudaSelfTest(Supplier<CudaDriver> drivers, KernelImages images, List<Request> requests) {
        this.drivers = drivers;
        this.images = images;
        this.requests = requests;
    }

    void run(BackendProvider reference, Consumer<SelfCheck> report) {
        try {
            try (CudaDriver driver = drivers.get()) {
                driver.bindThread();
                for (int headDim : ModelShape.HEAD_DIMS) {
                    KernelChecks.run(driver, images, headDim, report);
                }
            }
            new EngineChecks(drivers, images, requests).run(reference, report);
        } catch (CudaException | KernelFaultException e) {
            report.accept(SelfCheck.failed("device", String.valueOf(e.getMessage())));
        }
    }
}
