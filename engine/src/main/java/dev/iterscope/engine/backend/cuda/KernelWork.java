package dev.iterscope.engine.backend.cuda;

import dev.iterscope.profiler.event.KernelRun;
import dev.iterscope.profiler.event.KernelRun.Shape;
import dev.iterscope.profiler.event.KernelRun.Time;

/// What one launch does, for the event `iterscope.Kernel`. Shape fields that a kernel does not have are 0.
///
/// @param kernel   name
/// @param kind     the event's word for what it computes
/// @param layer    layer from 0, −1 outside the layers
/// @param m        rows of a matrix product
/// @param n        its columns
/// @param k        its inner dimension
/// @param tokens   query tokens
/// @param kvTokens KV tokens read
/// @param flops    floating-point operations, a multiply-add counting 2
/// @param bytes    bytes that must be moved at least once
record KernelWork(
        String kernel, String kind, int layer, int m, int n, int k, int tokens, int kvTokens, double flops, long bytes) {

    /// A matrix product of bf16 operands.
    ///
    /// @param resultBytes bytes of an element of the result, read and written ones together
    static KernelWork product(String kernel, int layer, int m, int n, int k, int resultBytes) {
        long bytes = 2L * m * k + 2L * n * k + (long) resultBytes * m * n;
        return new KernelWork(kernel, "gemm", layer, m, n, k, m, 0, 2.0 * m * n * k, bytes);
    }

    /// A kernel that is bound by moving bytes.
    static KernelWork moving(String kernel, String kind, int layer, int tokens, long bytes) {
        return new KernelWork(kernel, kind, layer, 0, 0, 0, tokens, 0, 0, bytes);
    }

    /// The work as it was done.
    KernelRun run(int iteration, Time time) {
        return new KernelRun(kernel, kind, layer, iteration, new Shape(m, n, k, tokens, kvTokens), flops, bytes, time);
    }
}
