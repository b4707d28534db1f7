package dev.iterscope.profiler.event;

/// One kernel run that was measured; written as [KernelEvent], which documents each value.
///
/// @param kernel name of the kernel
/// @param kind what it computes: `gemm`, `context_attention`, `generation_attention`, `elementwise`, ...
/// @param layer transformer layer from 0, -1 outside the layers
/// @param iteration number of the step
/// @param shape what it ran over
/// @param flops floating-point operations, a multiply-add counting as two
/// @param bytes bytes that must move to and from memory at least once
/// @param time where and when it ran
public record KernelRun(
        String kernel, String kind, int layer, int iteration, Shape shape, double flops, long bytes, Time time) {

    /// Dimensions; those that a kernel does not have are 0.
    ///
    /// @param m rows of a GEMM's output
    /// @param n columns of a GEMM's output
    /// @param k inner dimension of a GEMM
    /// @param tokens query tokens
    /// @param kvTokens KV tokens that attention read
    public record Shape(int m, int n, int k, int tokens, int kvTokens) {

        /// A matrix product over `m` tokens.
        public static Shape gemm(int m, int n, int k) {
            return new Shape(m, n, k, m, 0);
        }

        /// Attention of `tokens` queries.
        public static Shape attention(int tokens, int kvTokens) {
            return new Shape(0, 0, 0, tokens, kvTokens);
        }
    }

    /// @param device number of the device
    /// @param stream stream or worker on it
    /// @param startNanos start on the device's clock, whose origin is arbitrary
    /// @param nanos how long it ran
    public record Time(int device, int stream, long startNanos, long nanos) {}

    /// Writes the event, if kernels of its step are wanted.
    public void commit() {
        KernelEvent event = new KernelEvent();
        if (!event.isEnabled()) {
            return;
        }
        event.kernel = kernel;
        event.kind = kind;
        event.layer = layer;
        event.iteration = iteration;
        event.m = shape.m;
        event.n = shape.n;
        event.k = shape.k;
        event.tokens = shape.tokens;
        event.kvTokens = shape.kvTokens;
        event.flops = flops;
        event.bytes = bytes;
        event.device = time.device;
        event.stream = time.stream;
        event.deviceStart = time.startNanos;
        event.deviceTime = time.nanos;
        event.commit();
    }
}
