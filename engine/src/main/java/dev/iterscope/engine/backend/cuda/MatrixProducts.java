package dev.iterscope.engine.backend.cuda;

import org.jspecify.annotations.Nullable;

/// The matrix products of a session: our own kernels, and cuBLASLt for many rows where it is found.
final class MatrixProducts implements MatrixProduct, AutoCloseable {
    /// Up to this many rows our kernels, which read the weights once, are taken even where cuBLASLt is there.
    static final int OWN_ROWS = 32;
    /// `own` keeps to our kernels, whose rows do not depend on the batch to the last bit.
    static final String VARIABLE = "ITERSCOPE_CUDA_GEMM";

    private final TileGemm own;
    private final @Nullable CublasLt cublasLt;
    private final String description;

    private MatrixProducts(TileGemm own, @Nullable CublasLt cublasLt, String description) {
        this.own = own;
        this.cublasLt = cublasLt;
        this.description = description;
    }

    /// Our kernels for everything.
    static MatrixProducts own(TileGemm own) {
        return new MatrixProducts(own, null, "own tensor-core kernels");
    }

    /// What this machine has.
    ///
    /// @param stream  what they are queued on
    /// @param scratch device memory of [CublasLt#SCRATCH_BYTES]
    /// @param choice  value of the environment variable [#VARIABLE], or empty
    static MatrixProducts choose(TileGemm own, CudaDriver driver, long stream, long scratch, String choice) {
        if (choice.equals("own")) {
            return own(own);
        }
        return CublasLt.open(driver, stream, scratch, own)
                .map(found -> new MatrixProducts(own, found, found.name() + ", own kernels up to " + OWN_ROWS + " rows"))
                .orElseGet(() -> own(own));
    }

    @Override
    public void multiply(long y, long x, long w, long bias, int m, int n, int k, GemmOutput output) {
        MatrixProduct chosen = cublasLt != null && m > OWN_ROWS ? cublasLt : own;
        chosen.multiply(y, x, w, bias, m, n, k, output);
    }

    /// Whether large products are cuBLASLt's.
    boolean usesLibrary() {
        return cublasLt != null;
    }

    /// What multiplies, for reports.
    String description() {
        return description;
    }

    @Override
    public void close() {
        if (cublasLt != null) {
            cublasLt.close();
        }
    }
}
