package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import java.util.List;
import java.util.Optional;

/// The backend `cpu`; runs everywhere. Found by ServiceLoader.
public final class CpuBackendProvider implements BackendProvider {

    /// For ServiceLoader.
    public CpuBackendProvider() {}

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Optional<String> unavailableReason() {
        return Optional.empty();
    }

    @Override
    public List<Finding> findings() {
        return List.of(
                new Finding("processor", CpuInfo.describe(KernelSelection.best()).name()),
                new Finding("kernels", KernelSelection.best().name()));
    }

    @Override
    public MemoryPlan plan(BackendConfig config) {
        return CpuMemory.plan(config);
    }

    @Override
    public Backend open(BackendConfig config, MemoryPlan plan, ExecutionObserver observer) {
        return CpuBackend.open(config, plan, observer);
    }
}
