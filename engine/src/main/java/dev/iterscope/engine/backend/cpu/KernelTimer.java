package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.profiler.event.KernelRun;

/// Times the kernels of the steps that an observer wants to see, and says what each had to do at least: floating-point operations, and
/// bytes that must be moved once. One branch per kernel while nobody does.
final class KernelTimer {
    private static final String GEMM = "gemm";
    private static final String ELEMENTWISE = "elementwise";
    private static final int NO_LAYER = -1;

    private final ExecutionObserver observer;
    private boolean observed;
    private boolean on;
    private int iteration;
    private long startNanos;

    KernelTimer(ExecutionObserver observer) {
        this.observer = observer;
    }

    /// A step begins: asks whether its kernels are wanted.
    void beginStep(long stepIteration) {
        iteration = Math.toIntExact(stepIteration);
        observed = true;
        on = observer.wantsKernels(stepIteration);
    }

    /// The step has ended; what runs now is nobody's.
    void endStep() {
        observed = false;
        on = false;
    }

    /// A layer begins. Warm-up is no step, and nobody is told of it.
    void layer(int index) {
        if (observed) {
            observer.layer(index);
        }
    }

    /// The layers have ended.
    void layersDone() {
        if (observed) {
            observer.layersDone();
        }
    }

    /// Whether the kernels of the step under way are wanted.
    boolean isOn() {
        return on;
    }

    /// A kernel begins.
    void start() {
        if (on) {
            startNanos = System.nanoTime();
        }
    }

    /// A matrix product over `rows` rows has ended.
    void gemm(String kernel, int layer, int rows, PackedMatrix matrix) {
        if (on) {
            long nanos = System.nanoTime() - startNanos;
            long bytes = PackedMatrix.bytes(matrix.type(), matrix.columns(), matrix.depth())
                    + (long) Float.BYTES * rows * (matrix.depth() + matrix.columns());
            double flops = 2.0 * rows * matrix.columns() * matrix.depth();
            emit(kernel, GEMM, layer, KernelRun.Shape.gemm(rows, matrix.columns(), matrix.depth()), flops, bytes, nanos);
        }
    }

    /// Attention has ended.
    void attention(String kind, int layer, PagedAttention.Work work) {
        if (on) {
            long nanos = System.nanoTime() - startNanos;
            emit(kind, kind, layer, KernelRun.Shape.attention(work.tokens(), work.kvTokens()), work.flops(), work.bytes(), nanos);
        }
    }

    /// Something that goes once over `bytes` bytes for `tokens` tokens has ended.
    void elementwise(String kernel, int layer, int tokens, long bytes) {
        if (on) {
            long nanos = System.nanoTime() - startNanos;
            emit(kernel, ELEMENTWISE, layer, new KernelRun.Shape(0, 0, 0, tokens, 0), 0, bytes, nanos);
        }
    }

    /// Sampling of `tokens` tokens has ended.
    void sampling(int tokens, int vocabulary) {
        if (on) {
            long nanos = System.nanoTime() - startNanos;
            long bytes = (long) Float.BYTES * tokens * vocabulary;
            emit("sample", "sampling", NO_LAYER, new KernelRun.Shape(0, 0, 0, tokens, 0), 0, bytes, nanos);
        }
    }

    private void emit(String kernel, String kind, int layer, KernelRun.Shape shape, double flops, long bytes, long nanos) {
        KernelRun.Time time = new KernelRun.Time(0, 0, startNanos, nanos);
        observer.kernel(new KernelRun(kernel, kind, layer, iteration, shape, flops, bytes, time));
    }
}
