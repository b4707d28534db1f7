package dev.iterscope.engine.backend.cpu;

/// Chooses the kernels once: vectors where the JVM was started with `--add-modules jdk.incubator.vector`, else plain Java.
final class KernelSelection {
    private static final Kernels BEST = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? vector() : new ScalarKernels();

    private KernelSelection() {}

    /// The fastest kernels of this JVM.
    static Kernels best() {
        return BEST;
    }

    private static Kernels vector() {
        return new VectorKernels();
    }
}
