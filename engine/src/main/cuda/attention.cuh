// Attention over a paged KV cache, for one query head group and a tile of rows; a row is a (token, query head) pair, so that the
// heads that share a KV head share its loads.
//
// Batch invariance. Keys are taken in tiles of 64 from position 0 on, tiles in partitions of 256 keys. A partition is summed by
// itself (online softmax, tensor cores, ascending tiles), and partitions are merged in ascending order. Both kernels, the one for
// context and the one for generation, do exactly this with the same instructions, so a row's bits depend neither on the chunk it
// is computed in, nor on the batch, nor on which kernel computes it.
#pragma once

#include "device.cuh"
#include "step.cuh"

constexpr int KEY_TILE = 64;
constexpr int PARTITION = 256;
constexpr float LOG2_E = 1.4426950408889634f;

struct AttentionArguments {
    const bf16* qkv;     // [rows][(heads + 2 kvHeads) headDim]
    const bf16* keys;    // [blocks][kvHeads][blockSize][headDim]
    const bf16* values;
    const int* step;
    int heads;
    int kvHeads;
    int blockSize;
    float scale;         // of scores, times log2(e): the softmax is in powers of two
};

// Softmax state of the two rows that a lane holds (lane / 4 and lane / 4 + 8 of the warp's 16): maximum, this lane's share of the
// sum, and the weighted values in the layout of the tensor core's result.
template <int HeadDim>
struct RowState {
    float maximum[2];
    float sum[2];
    float values[HeadDim / 8][4];

    DEVICE void clear() {
        maximum[0] = maximum[1] = -INFINITY;
        sum[0] = sum[1] = 0.0f;
#pragma unroll
        for (int i = 0; i < HeadDim / 8; ++i) {
            values[i][0] = values[i][1] = values[i][2] = values[i][3] = 0.0f;
        }
    }
};

// Weights of an old and a new part when their softmax results are merged. The new part is not empty.
struct MergeWeights {
    float maximum;
    float oldWeight;
    float newWeight;
};

DEVICE MergeWeights merge_weights(float oldMaximum, float newMaximum) {
    const float maximum = fmaxf(oldMaximum, newMaximum);
    return MergeWeights{maximum, exp2f(oldMaximum - maximum), exp2f(newMaximum - maximum)};
}

DEVICE float merge(float oldValue, float newValue, const MergeWeights& w) { return fmaf(newValue, w.newWeight, oldValue * w.oldWeight); }

template <int HeadDim, int Warps>
struct Attention {
    static constexpr int THREADS = 32 * Warps;
    static constexpr int PIECES = HeadDim / 8;  // of 16 bytes in a key
    static constexpr int SWIZZLE = PIECES < 8 ? PIECES - 1 : 7;
    static constexpr int TILE_ELEMENTS = KEY_TILE * HeadDim;
    static constexpr int SHARED_BYTES = 2 * 2 * TILE_ELEMENTS * 2;  // two stages of keys and values in bf16
    static_assert(HeadDim % 32 == 0 && (PIECES & (PIECES - 1)) == 0, "head dim must be a power of two of at least 32");

    static DEVICE bf16* element(bf16* tile, int row, int piece) { return tile + row * HeadDim + ((piece ^ (row & SWIZZLE)) * 8); }

    static DEVICE void synchronize() {
        if (Warps == 1) {
            __syncwarp();
        } else {
            __syncthreads();
        }
    }

    // Starts the copy of keys and values [firstKey, firstKey + 64), zeros from `keyEnd` on.
    static DEVICE void load_tile(bf16* stage, const AttentionArguments& a, const int* table, int kvHead, int firstKey, int keyEnd) {
        const long long rowStride = HeadDim;
        for (int i = threadIdx.x; i < KEY_TILE * PIECES; i += THREADS) {
            const int row = i / PIECES;
            const int piece = i % PIECES;
            const int key = firstKey + row;
            const bool valid = key < keyEnd;
            long long source = 0;
            if (valid) {
                const int block = key / a.blockSize;
                const long long cacheRow = (static_cast<long long>(table[block]) * a.kvHeads + kvHead) * a.blockSize + (key - block * a.blockSize);
                source = cacheRow * rowStride + piece * 8;
            }
            copy_async(element(stage, row, piece), a.keys + source, valid);
            copy_async(element(stage + TILE_ELEMENTS, row, piece), a.values + source, valid);
        }
    }

    // One tile: scores, softmax, weighted values. Keys behind a row's own position (`lastKey`) do not count.
    static DEVICE void attend_tile(RowState<HeadDim>& state, const unsigned (&query)[HeadDim / 16][4], bf16* stage, int firstKey,
                                   const int (&lastKey)[2], float scale) {
        const int lane = threadIdx.x % 32;
        float scores[KEY_TILE / 8][4];
#pragma unroll
        for (int j = 0; j < KEY_TILE / 8; ++j) {
            scores[j][0] = scores[j][1] = scores[j][2] = scores[j][3] = 0.0f;
#pragma unroll
            for (int d32 = 0; d32 < HeadDim / 32; ++d32) {
                unsigned b[4];
                load_matrices(b, element(stage, j * 8 + lane % 8, d32 * 4 + lane / 8));
                multiply_add(scores[j], query[d32 * 2], b[0], b[1]);
                multiply_add(scores[j], query[d32 * 2 + 1], b[2], b[3]);
            }
        }
        float tileMaximum[2] = {-INFINITY, -INFINITY};
#pragma unroll
        for (int j = 0; j < KEY_TILE / 8; ++j) {
#pragma unroll
            for (int e = 0; e < 4; ++e) {
                const int key = firstKey + j * 8 + (lane % 4) * 2 + (e & 1);
                scores[j][e] = key <= lastKey[e / 2] ? scores[j][e] * scale : -INFINITY;
                tileMaximum[e / 2] = fmaxf(tileMaximum[e / 2], scores[j][e]);
            }
        }
        float reference[2];
#pragma unroll
        for (int r = 0; r < 2; ++r) {
            tileMaximum[r] = fmaxf(tileMaximum[r], shuffle_xor(tileMaximum[r], 1));
            tileMaximum[r] = fmaxf(tileMaximum[r], shuffle_xor(tileMaximum[r], 2));
            const float maximum = fmaxf(state.maximum[r], tileMaximum[r]);
            reference[r] = maximum == -INFINITY ? 0.0f : maximum;  // a row without any key yet stays empty
            const float decay = exp2f(state.maximum[r] - reference[r]);
            state.maximum[r] = maximum;
            state.sum[r] *= decay;
#pragma unroll
            for (int i = 0; i < HeadDim / 8; ++i) {
                state.values[i][2 * r] *= decay;
                state.values[i][2 * r + 1] *= decay;
            }
        }
#pragma unroll
        for (int j = 0; j < KEY_TILE / 8; ++j) {
#pragma unroll
            for (int e = 0; e < 4; ++e) {
                scores[j][e] = exp2f(scores[j][e] - reference[e / 2]);
                state.sum[e / 2] += scores[j][e];
            }
        }
        add_values(state, scores, stage + TILE_ELEMENTS);
    }

    // The scores' result layout is the layout of the next multiplication's left operand, two tiles of eight keys at a time.
    static DEVICE void add_values(RowState<HeadDim>& state, const float (&weights)[KEY_TILE / 8][4], bf16* values) {
        const int lane = threadIdx.x % 32;
#pragma unroll
        for (int k16 = 0; k16 < KEY_TILE / 16; ++k16) {
            const float(&low)[4] = weights[2 * k16];
            const float(&high)[4] = weights[2 * k16 + 1];
            const unsigned a[4] = {pack_bf16(low[0], low[1]), pack_bf16(low[2], low[3]), pack_bf16(high[0], high[1]),
                                   pack_bf16(high[2], high[3])};
#pragma unroll
            for (int d16 = 0; d16 < HeadDim / 16; ++d16) {
                unsigned b[4];
                load_matrices_transposed(b, element(values, k16 * 16 + lane % 16, d16 * 2 + lane / 16));
                multiply_add(state.values[2 * d16], a, b[0], b[1]);
                multiply_add(state.values[2 * d16 + 1], a, b[2], b[3]);
            }
        }
    }

    // A partition's keys [firstKey, keyEnd) into a cleared state; two stages, one copied while the other is used.
    static DEVICE void attend_partition(RowState<HeadDim>& state, const unsigned (&query)[HeadDim / 16][4], bf16* shared,
                                        const AttentionArguments& a, const int* table, int kvHead, int firstKey, int keyEnd,
                                        const int (&lastKey)[2]) {
        const int tiles = (keyEnd - firstKey + KEY_TILE - 1) / KEY_TILE;
        load_tile(shared, a, table, kvHead, firstKey, keyEnd);
        copy_async_commit();
        for (int t = 0; t < tiles; ++t) {
            if (t + 1 < tiles) {
                load_tile(shared + ((t + 1) % 2) * 2 * TILE_ELEMENTS, a, table, kvHead, firstKey + (t + 1) * KEY_TILE, keyEnd);
            }
            copy_async_commit();
            copy_async_wait<1>();
            synchronize();  // tile t has arrived for all threads
            attend_tile(state, query, shared + (t % 2) * 2 * TILE_ELEMENTS, firstKey + t * KEY_TILE, lastKey, a.scale);
            synchronize();  // its stage may be filled again
        }
#pragma unroll
        for (int r = 0; r < 2; ++r) {
            state.sum[r] += shuffle_xor(state.sum[r], 1);
            state.sum[r] += shuffle_xor(state.sum[r], 2);
        }
    }

    // The query of (token, head) row `row` of an entry, or nullptr behind its last row.
    static DEVICE const bf16* query_row(const AttentionArguments& a, int entry, int kvHead, int row) {
        const int group = a.heads / a.kvHeads;
        const int token = row / group;
        if (token >= step_value(a.step, ENTRY_ROWS, entry)) {
            return nullptr;
        }
        const long long stepRow = step_value(a.step, ENTRY_FIRST_ROW, entry) + token;
        return a.qkv + (stepRow * (a.heads + 2 * a.kvHeads) + kvHead * group + row % group) * HeadDim;
    }

    // The tensor core's left operand of 16 rows, zeros for rows that are not there.
    static DEVICE void load_query(unsigned (&query)[HeadDim / 16][4], const bf16* low, const bf16* high) {
        const int column = (threadIdx.x % 4) * 2;
#pragma unroll
        for (int i = 0; i < HeadDim / 16; ++i) {
            query[i][0] = low == nullptr ? 0u : *reinterpret_cast<const unsigned*>(low + i * 16 + column);
            query[i][1] = high == nullptr ? 0u : *reinterpret_cast<const unsigned*>(high + i * 16 + column);
            query[i][2] = low == nullptr ? 0u : *reinterpret_cast<const unsigned*>(low + i * 16 + column + 8);
            query[i][3] = high == nullptr ? 0u : *reinterpret_cast<const unsigned*>(high + i * 16 + column + 8);
        }
    }
};
