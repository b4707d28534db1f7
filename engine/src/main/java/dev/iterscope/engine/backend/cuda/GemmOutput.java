package dev.iterscope.engine.backend.cuda;

/// What becomes of a matrix product.
enum GemmOutput {
    /// Rounded to bf16.
    STORE_BF16(0, 2),
    /// As f32.
    STORE_F32(1, 4),
    /// Added to an f32 matrix: the residual stream.
    ADD_F32(2, 8);

    private final int code;
    private final int movedBytes;

    GemmOutput(int code, int movedBytes) {
        this.code = code;
        this.movedBytes = movedBytes;
    }

    /// The kernels' number for it: `GemmOutput` of gemm.cuh.
    int code() {
        return code;
    }

    /// Bytes of an element of the result that are read and written.
    int movedBytes() {
        return movedBytes;
    }
}
