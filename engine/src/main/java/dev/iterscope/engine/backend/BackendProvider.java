package dev.iterscope.engine.backend;

import dev.iterscope.engine.model.ModelConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// Makes one kind of backend; found by ServiceLoader. Asking its name or availability touches no device library.
public interface BackendProvider {

    /// Name on the command line: `cpu`, `cuda`, `emulated`.
    String name();

    /// Why this machine cannot run it, in one line that says what is missing; empty when it can.
    Optional<String> unavailableReason();

    /// What it finds on this machine, for a person who asks: devices, versions, the code path it would take. May load device
    /// libraries, but makes no context and reserves no memory.
    default List<Finding> findings() {
        return List.of();
    }

    /// One thing that a backend found.
    ///
    /// @param name  what it is, a few lower-case words
    /// @param value how it is
    record Finding(String name, String value) {}

    /// Memory of the device that the backend would use, bytes: what a utilisation is a share of. Empty where that is the host's.
    default OptionalLong deviceMemoryBytes() {
        return OptionalLong.empty();
    }

    /// True for a backend whose device can be checked by [#selfTest].
    default boolean hasSelfTest() {
        return false;
    }

    /// Checks on the device what tests check elsewhere, and reports each check as it ends: its kernels, and that an engine on it
    /// yields the tokens that it yields on `reference`. Takes some seconds and little memory. Call it only where the backend can run.
    default void selfTest(BackendProvider reference, Consumer<SelfCheck> report) {}

    /// Times copies and the kernels that a step of the model consists of, each alone, and reports each figure as it is known. Takes a
    /// minute or two and some gigabytes. Call it only where [#hasSelfTest] and the backend can run.
    default void benchmark(ModelConfig model, Consumer<KernelRate> report) {}

    /// What the model and the limits need, and how many KV blocks fit, without allocating any of it.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when the memory does not suffice for one block
    MemoryPlan plan(BackendConfig config);

    /// Opens the backend: loads weights, allocates memory. `plan` is what [#plan] returned for the same configuration; `observer`
    /// is told of execution on the executing thread.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when weights cannot be used
    Backend open(BackendConfig config, MemoryPlan plan, ExecutionObserver observer);
}
