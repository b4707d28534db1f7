package dev.iterscope.engine.backend.cuda;

/// Matrix products by our own kernels. Every tile shape sums in the same order, so which one is taken changes the time and not a
/// bit of the result (see gemm.cuh).
final class TileGemm implements MatrixProduct {

    /// A tile shape: the template arguments of the kernel of that name.
    enum Tile {
        /// Up to 16 rows, bound by reading the weights.
        T16X32(16, 32, 128, 4, 5),
        /// Up to 32 rows.
        T32X32(32, 32, 128, 4, 4),
        /// Matrices with too few large tiles to occupy the device.
        T64X64(64, 64, 64, 4, 4),
        /// Many rows, compute-bound.
        T128X128(128, 128, 64, 8, 3);

        private final int rows;
        private final int columns;
        private final int depth;
        private final int warps;
        private final int stages;

        Tile(int rows, int columns, int depth, int warps, int stages) {
            this.rows = rows;
            this.columns = columns;
            this.depth = depth;
            this.warps = warps;
            this.stages = stages;
        }

        /// Name of the kernel.
        String kernel() {
            return "gemm_" + rows + "x" + columns;
        }

        /// Shared memory of a block: a ring of tiles of both matrices in bf16.
        int sharedBytes() {
            return stages * (rows + columns) * depth * 2;
        }

        /// The grid for a result of `m` x `n`.
        LaunchShape launch(int m, int n) {
            int blocks = Math.multiplyExact(Math.ceilDiv(m, rows), Math.ceilDiv(n, columns));
            return LaunchShape.line(blocks, 32 * warps).shared(sharedBytes());
        }
    }

    private final Kernels kernels;
    private final int multiprocessors;

    TileGemm(Kernels kernels, int multiprocessors) {
        this.kernels = kernels;
        this.multiprocessors = multiprocessors;
    }

    @Override
    public void multiply(long y, long x, long w, long bias, int m, int n, int k, GemmOutput output) {
        Tile tile = choose(m, n);
        kernels.launch(
                tile.kernel(),
                tile.launch(m, n),
                kernels.arguments().address(y).address(x).address(w).address(bias).number(m).number(n).number(k).number(output.code()));
    }

    private Tile choose(int m, int n) {
        if (m <= Tile.T16X32.rows) {
            return Tile.T16X32;
        }
        if (m <= Tile.T32X32.rows) {
            return Tile.T32X32;
        }
        return Tile.T128X128.launch(m, n).blocks() < multiprocessors ? Tile.T64X64 : Tile.T128X128;
    }
}
