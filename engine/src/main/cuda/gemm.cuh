// y[m][n] = sum over k of x[m][k] w[n][k], in bf16 with f32 sums: one kernel body for every tile shape.
//
// Batch invariance. Whatever the shape, an element of y is summed over ascending k, sixteen at a time, by the same tensor-core
// instruction into one accumulator. So a row's bits depend neither on how many rows are in the batch nor on which tile shape the
// host picks, and greedy tokens do not depend on the batch (there is no split over k, for the same reason).
//
// Tiles of x (BlockM x BlockK) and w (BlockN x BlockK) come through a ring of `Stages` asynchronous copies. Rows of a tile are
// swizzled in pieces of 16 bytes, so that the eight rows of a matrix load fall into different banks. k must be a multiple of 8
// (16-byte pieces); m, n and the end of k may be anything.
#pragma once

#include "device.cuh"

enum GemmOutput {
    STORE_BF16 = 0,
    STORE_F32 = 1,
    ADD_F32 = 2  // adds to what is there: the residual stream
};

struct GemmArguments {
    void* y;
    const bf16* x;
    const bf16* w;
    const bf16* bias;  // [n], or null
    int m;
    int n;
    int k;
    int output;
};

template <int BlockM, int BlockN, int BlockK, int WarpsM, int WarpsN, int Stages>
struct Gemm {
    static constexpr int THREADS = 32 * WarpsM * WarpsN;
    static constexpr int WARP_M = BlockM / WarpsM;
    static constexpr int WARP_N = BlockN / WarpsN;
    static constexpr int TILES_M = WARP_M / 16;
    static constexpr int TILES_N = WARP_N / 8;
    static constexpr int PIECES = BlockK / 8;  // of 16 bytes in a row of a tile
    static constexpr int STAGE_ELEMENTS = (BlockM + BlockN) * BlockK;
    static constexpr int SHARED_BYTES = Stages * STAGE_ELEMENTS * 2;
    static_assert(WARP_M % 16 == 0 && WARP_N % 8 == 0 && BlockK % 32 == 0 && PIECES >= 8, "tile shape");

    static DEVICE bf16* element(bf16* tile, int row, int piece) { return tile + row * BlockK + ((piece ^ (row & 7)) * 8); }

    // Starts the copy of rows [firstRow, firstRow + Rows) x columns [firstK, firstK + BlockK) of a matrix with `rows` rows of k.
    template <int Rows>
    static DEVICE void load(bf16* tile, const bf16* matrix, int firstRow, int rows, int firstK, int k) {
        for (int i = threadIdx.x; i < Rows * PIECES; i += THREADS) {
            const int row = i / PIECES;
            const int piece = i % PIECES;
            const int column = firstK + piece * 8;
            const bool valid = firstRow + row < rows && column < k;
            const bf16* source = valid ? matrix + static_cast<long long>(firstRow + row) * k + column : matrix;
            copy_async(element(tile, row, piece), source, valid);
        }
    }

    static DEVICE void load_stage(bf16* shared, const GemmArguments& a, int tile, int firstM, int firstN) {
        bf16* stage = shared + (tile % Stages) * STAGE_ELEMENTS;
        load<BlockM>(stage, a.x, firstM, a.m, tile * BlockK, a.k);
        load<BlockN>(stage + BlockM * BlockK, a.w, firstN, a.n, tile * BlockK, a.k);
    }

    static DEVICE void multiply_stage(float (&sums)[TILES_M][TILES_N][4], bf16* stage, int warpM, int warpN) {
        const int lane = threadIdx.x % 32;
        bf16* weights = stage + BlockM * BlockK;
#pragma unroll
        for (int k32 = 0; k32 < BlockK / 32; ++k32) {
            unsigned b[TILES_N][4];  // two steps of k: registers 0, 1 and 2, 3
#pragma unroll
            for (int j = 0; j < TILES_N; ++j) {
                load_matrices(b[j], element(weights, warpN * WARP_N + j * 8 + lane % 8, k32 * 4 + lane / 8));
            }
#pragma unroll
            for (int half = 0; half < 2; ++half) {
#pragma unroll
                for (int i = 0; i < TILES_M; ++i) {
                    unsigned a[4];
                    load_matrices(a, element(stage, warpM * WARP_M + i * 16 + lane % 16, k32 * 4 + half * 2 + lane / 16));
#pragma unroll
                    for (int j = 0; j < TILES_N; ++j) {
                        multiply_add(sums[i][j], a, b[j][half * 2], b[j][half * 2 + 1]);
                    }
                }
            }
        }
    }

    static DEVICE void store(const GemmArguments& a, int row, int column, float value) {
        if (row >= a.m || column >= a.n) {
            return;
        }
        if (a.bias != nullptr) {
            value += bf16_to_float(a.bias[column]);
        }
        const long long index = static_cast<long long>(row) * a.n + column;
        if (a.output == STORE_BF16) {
            static_cast<bf16*>(a.y)[index] = float_to_bf16(value);
        } else if (a.output == STORE_F32) {
            static_cast<float*>(a.y)[index] = value;
        } else {
            static_cast<float*>(a.y)[index] += value;
        }
    }

    static DEVICE void run(const GemmArguments& a, bf16* shared) {
        // Eight tiles of m side by side share a tile of w in the L2 cache.
        const int tilesM = (a.m + BlockM - 1) / BlockM;
        const int tilesN = (a.n + BlockN - 1) / BlockN;
        const int group = blockIdx.x / (8 * tilesN);
        const int groupM = tilesM - group * 8 < 8 ? tilesM - group * 8 : 8;
        const int inGroup = blockIdx.x % (8 * tilesN);
        const int firstM = (group * 8 + inGroup % groupM) * BlockM;
        const int firstN = (inGroup / groupM) * BlockN;
        const int warp = threadIdx.x / 32;
        const int warpM = warp / WarpsN;
        const int warpN = warp % WarpsN;

        float sums[TILES_M][TILES_N][4] = {};
        const int steps = (a.k + BlockK - 1) / BlockK;
        for (int s = 0; s < Stages - 1; ++s) {
            if (s < steps) {
                load_stage(shared, a, s, firstM, firstN);
            }
            copy_async_commit();
        }
        for (int s = 0; s < steps; ++s) {
            copy_async_wait<Stages - 2>();
            __syncthreads();  // stage s has arrived for all threads, and nobody reads the stage that is filled next
            if (s + Stages - 1 < steps) {
                load_stage(shared, a, s + Stages - 1, firstM, firstN);
            }
            copy_async_commit();
            multiply_stage(sums, shared + (s % Stages) * STAGE_ELEMENTS, warpM, warpN);
        }
        copy_async_wait<0>();

        const int lane = threadIdx.x % 32;
#pragma unroll
        for (int i = 0; i < TILES_M; ++i) {
#pragma unroll
            for (int j = 0; j < TILES_N; ++j) {
                const int row = firstM + warpM * WARP_M + i * 16 + lane / 4;
                const int column = firstN + warpN * WARP_N + j * 8 + (lane % 4) * 2;
                store(a, row, column, sums[i][j][0]);
                store(a, row, column + 1, sums[i][j][1]);
                store(a, row + 8, column, sums[i][j][2]);
                store(a, row + 8, column + 1, sums[i][j][3]);
            }
        }
    }
};

// A kernel of one tile shape; the host starts ceil(m / BlockM) x ceil(n / BlockN) blocks. Two of them fit a multiprocessor, so that
// one computes while the other waits.
#define GEMM_KERNEL(name, ...)                                                                                                   \
    KERNEL void __launch_bounds__(Gemm<__VA_ARGS__>::THREADS, 2)                                                                 \
    name(void* y, const bf16* x, const bf16* w, const bf16* bias, int m, int n, int k, int output) {                             \
        SHARED_MEMORY(shared);                                                                                                   \
        Gemm<__VA_ARGS__>::run(GemmArguments{y, x, w, bias, m, n, k, output}, reinterpret_cast<bf16*>(shared));                 \
    }
