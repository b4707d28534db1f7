package dev.iterscope.engine.backend.emulated;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.step.StepTimes;
import java.util.Optional;

/// Makes [EmulatedBackend]s. Runs everywhere and allocates none of the memory that it plans.
public final class EmulatedBackendProvider implements BackendProvider {

    /// For ServiceLoader.
    public EmulatedBackendProvider() {}

    @Override
    public String name() {
        return "emulated";
    }

    @Override
    public Optional<String> unavailableReason() {
        return Optional.empty();
    }

    @Override
    public MemoryPlan plan(BackendConfig config) {
        return EmulatedMemory.plan(config);
    }

    @Override
    public Backend open(BackendConfig config, MemoryPlan plan, ExecutionObserver observer) {
        StepTimes times = config.stepTimes()
                .orElseThrow(() -> UserInputException.usage(
                        "--backend emulated needs to know what steps cost: give --kernel-profile, --kernel-model or --from RECORDING"));
        return new EmulatedBackend(times, config.timeScale(), config.memoryBytes(), observer);
    }
}
