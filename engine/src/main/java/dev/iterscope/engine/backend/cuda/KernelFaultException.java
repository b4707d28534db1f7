package dev.iterscope.engine.backend.cuda;

/// A kernel has failed: the message says in which iteration, and what was in it. Nothing can be done on the device after that.
final class KernelFaultException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    KernelFaultException(String message, CudaException cause) {
        super(message, cause);
    }
}
