// Paged attention for generation: one token's query heads of a KV head form the 16 rows of a warp (so at most 16 of them), and a
// warp is a block. Partitions of the KV are spread over blocks, whose partial results a second kernel merges in ascending order.
//
// partial result: [part][heads][headDim + 2] f32: values, maximum, sum
#include "attention.cuh"

template <int HeadDim>
struct GenerationAttention : Attention<HeadDim, 1> {
    using Base = Attention<HeadDim, 1>;
    static constexpr int SHARED_BYTES = Base::SHARED_BYTES;
    static constexpr int PART_FLOATS = HeadDim + 2;

    static DEVICE void store_part(float* target, const RowState<HeadDim>& part, int r) {
        const int lane = threadIdx.x;
#pragma unroll
        for (int i = 0; i < HeadDim / 8; ++i) {
            target[i * 8 + (lane % 4) * 2] = part.values[i][2 * r];
            target[i * 8 + (lane % 4) * 2 + 1] = part.values[i][2 * r + 1];
        }
        if (lane % 4 == 0) {
            target[HeadDim] = part.maximum[r];
            target[HeadDim + 1] = part.sum[r];
        }
    }

    // The block takes every gridDim.x-th partition: the grid is fixed in a captured graph, the KV length is not.
    static DEVICE void run(float* parts, const AttentionArguments& a, bf16* shared) {
        const int item = blockIdx.z;
        const int kvHead = blockIdx.y;
        if (item >= a.step[GENERATION_ITEMS]) {
            return;
        }
        const int entry = step_value(a.step, GENERATION_ENTRY, item);
        const int firstPart = step_value(a.step, GENERATION_PART, item);
        const int position = step_value(a.step, POSITIONS, step_value(a.step, ENTRY_FIRST_ROW, entry));
        const int* table = a.step + step_value(a.step, ENTRY_TABLE, entry);
        const int group = a.heads / a.kvHeads;
        const int row = threadIdx.x / 4;
        const int lastKey[2] = {position, position};
        unsigned query[HeadDim / 16][4];
        Base::load_query(query, row < group ? Base::query_row(a, entry, kvHead, row) : nullptr,
                         row + 8 < group ? Base::query_row(a, entry, kvHead, row + 8) : nullptr);
        for (int p = blockIdx.x; p * PARTITION <= position; p += gridDim.x) {
            RowState<HeadDim> part;
            part.clear();
            const int end = (p + 1) * PARTITION < position + 1 ? (p + 1) * PARTITION : position + 1;
            Base::attend_partition(part, query, shared, a, table, kvHead, p * PARTITION, end, lastKey);
            float* target = parts + (static_cast<long long>(firstPart + p) * a.heads + kvHead * group) * PART_FLOATS;
            for (int r = 0; r < 2; ++r) {
                if (row + 8 * r < group) {
                    store_part(target + (row + 8 * r) * PART_FLOATS, part, r);
                }
            }
        }
    }

    // One warp a head.
    static DEVICE void merge_parts(bf16* out, const float* parts, const int* step, int heads, int item, int head) {
        const int entry = step_value(step, GENERATION_ENTRY, item);
        const long long outRow = step_value(step, ENTRY_FIRST_ROW, entry);
        const int count = step_value(step, POSITIONS, static_cast<int>(outRow)) / PARTITION + 1;
        const float* part = parts + (static_cast<long long>(step_value(step, GENERATION_PART, item)) * heads + head) * PART_FLOATS;
        float maximum = -INFINITY;
        float sum = 0.0f;
        float values[HeadDim / 32] = {};
        for (int p = 0; p < count; ++p, part += static_cast<long long>(heads) * PART_FLOATS) {
            const MergeWeights w = merge_weights(maximum, part[HeadDim]);
            maximum = w.maximum;
            sum = merge(sum, part[HeadDim + 1], w);
#pragma unroll
            for (int i = 0; i < HeadDim / 32; ++i) {
                values[i] = merge(values[i], part[i * 32 + threadIdx.x], w);
            }
        }
        const float scale = 1.0f / sum;
#pragma unroll
        for (int i = 0; i < HeadDim / 32; ++i) {
            out[(outRow * heads + head) * HeadDim + i * 32 + threadIdx.x] = float_to_bf16(values[i] * scale);
        }
    }
};

// grid of the first: (splits, KV heads, generation items); of the second: (heads, generation items), one warp each. Shared memory lets
// three blocks of the first onto a multiprocessor; said so, the compiler takes the registers that it needs and spills none.
#define GENERATION_KERNELS(name, mergeName, headDim)                                                                             \
    KERNEL void __launch_bounds__(32, 3) name(float* parts, const bf16* qkv, const bf16* keys, const bf16* values, const int* step, \
                                           int heads, int kvHeads, int blockSize, float scale) {                                 \
        SHARED_MEMORY(shared);                                                                                                   \
        const AttentionArguments a{qkv, keys, values, step, heads, kvHeads, blockSize, scale* LOG2_E};                           \
        GenerationAttention<headDim>::run(parts, a, reinterpret_cast<bf16*>(shared));                                            \
    }                                                                                                                            \
    KERNEL void __launch_bounds__(32) mergeName(bf16* out, const float* parts, const int* step, int heads) {                     \
        if (static_cast<int>(blockIdx.y) < step[GENERATION_ITEMS]) {                                                             \
            GenerationAttention<headDim>::merge_parts(out, parts, step, heads, blockIdx.y, blockIdx.x);                          \
        }                                                                                                                        \
    }

GENERATION_KERNELS(attention_generation_32, attention_merge_32, 32)
GENERATION_KERNELS(attention_generation_64, attention_merge_64, 64)
GENERATION_KERNELS(attention_generation_128, attention_merge_128, 128)
