package dev.iterscope.engine.backend.cuda;

/// The driver has refused a call, or a kernel has failed before it.
final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// `CUDA_ERROR_OUT_OF_MEMORY` of cuda.h.
    static final int OUT_OF_MEMORY = 2;

    private final int code;

    CudaException(String call, int code, String text) {
        super(call + " failed with CUDA error " + code + " (" + text + ")");
        this.code = code;
    }

    /// The driver's error code.
    int code() {
        return code;
    }

    /// True when device memory ran out.
    boolean isOutOfMemory() {
        return code == OUT_OF_MEMORY;
    }
}
