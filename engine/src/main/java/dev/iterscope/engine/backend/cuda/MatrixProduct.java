package dev.iterscope.engine.backend.cuda;

/// Multiplies activations with weights on the backend's stream.
interface MatrixProduct {

    /// `y[m][n]` = sum over k of `x[m][k]` · `w[n][k]`, plus bias.
    ///
    /// @param y      result, in the form that `output` says
    /// @param x      bf16, rows of k
    /// @param w      bf16, rows of k
    /// @param bias   bf16, n values, or 0
    /// @param k      a multiple of 8
    void multiply(long y, long x, long w, long bias, int m, int n, int k, GemmOutput output);
}
