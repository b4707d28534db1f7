package dev.iterscope.engine.backend;

/// One kernel launch, as the event `iterscope.Kernel` shows it. Shape fields that a kernel does not have are 0.
///
/// @param kernel           name, for instance `qkv_proj`
/// @param kind             `gemm`, `context_attention`, `generation_attention`, `elementwise`, `sampling`, ...
/// @param layer            layer from 0; −1 outside the layers
/// @param iteration        number of the step
/// @param m                rows (tokens) of a matrix product
/// @param n                columns
/// @param k                inner dimension
/// @param tokens           query tokens
/// @param kvTokens         KV tokens read
/// @param flops            floating-point operations of the algorithm, a multiply-add counting 2
/// @param bytes            bytes that must be moved at least once
/// @param stream           stream or worker
/// @param deviceStartNanos start on the device's clock
/// @param deviceNanos      time on the device
public record KernelRun(
        String kernel,
        String kind,
        int layer,
        long iteration,
        int m,
        int n,
        int k,
        int tokens,
        int kvTokens,
        double flops,
        long bytes,
        int stream,
        long deviceStartNanos,
        long deviceNanos) {}
