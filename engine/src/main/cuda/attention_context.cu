// Paged attention for context: tiles of 64 rows, four warps of 16 that share the tiles of keys and values. A block walks all
// partitions of its rows and merges them as it goes; the merged state waits in shared memory.
#include "attention.cuh"

template <int HeadDim>
struct ContextAttention : Attention<HeadDim, 4> {
    using Base = Attention<HeadDim, 4>;
    static constexpr int SHARED_BYTES = Base::SHARED_BYTES + Base::THREADS * (HeadDim / 2) * 4;

    // Every thread keeps its own elements, interleaved with the other threads', so no barrier is needed.
    struct Total {
        float* values;
        float maximum[2];
        float sum[2];

        DEVICE float& at(int i, int e) { return values[(i * 4 + e) * Base::THREADS + threadIdx.x]; }
    };

    static DEVICE void add_partition(Total& total, const RowState<HeadDim>& part) {
#pragma unroll
        for (int r = 0; r < 2; ++r) {
            if (part.maximum[r] == -INFINITY) {
                continue;  // all keys of the partition come after this row
            }
            const MergeWeights w = merge_weights(total.maximum[r], part.maximum[r]);
            total.maximum[r] = w.maximum;
            total.sum[r] = merge(total.sum[r], part.sum[r], w);
#pragma unroll
            for (int i = 0; i < HeadDim / 8; ++i) {
                total.at(i, 2 * r) = merge(total.at(i, 2 * r), part.values[i][2 * r], w);
                total.at(i, 2 * r + 1) = merge(total.at(i, 2 * r + 1), part.values[i][2 * r + 1], w);
            }
        }
    }

    static DEVICE void store(bf16* target, Total& total, int r) {
        const float scale = 1.0f / total.sum[r];
#pragma unroll
        for (int i = 0; i < HeadDim / 8; ++i) {
            const unsigned pair = pack_bf16(total.at(i, 2 * r) * scale, total.at(i, 2 * r + 1) * scale);
            *reinterpret_cast<unsigned*>(target + i * 8 + (threadIdx.x % 4) * 2) = pair;
        }
    }

    static DEVICE void run(bf16* out, const AttentionArguments& a, unsigned char* shared) {
        const int item = blockIdx.x;
        const int kvHead = blockIdx.y;
        if (item >= a.step[CONTEXT_ITEMS]) {
            return;
        }
        const int entry = step_value(a.step, CONTEXT_ENTRY, item);
        const int group = a.heads / a.kvHeads;
        const int entryRows = step_value(a.step, ENTRY_ROWS, entry) * group;
        const int firstRow = step_value(a.step, CONTEXT_ROW, item);
        const int entryFirst = step_value(a.step, ENTRY_FIRST_ROW, entry);
        const int firstPosition = step_value(a.step, POSITIONS, entryFirst);
        const int* table = a.step + step_value(a.step, ENTRY_TABLE, entry);
        const int lane = threadIdx.x % 32;
        const int row[2] = {firstRow + (static_cast<int>(threadIdx.x) / 32) * 16 + lane / 4,
                            firstRow + (static_cast<int>(threadIdx.x) / 32) * 16 + lane / 4 + 8};
        const int lastKey[2] = {firstPosition + row[0] / group, firstPosition + row[1] / group};
        const int blockLastRow = (firstRow + 64 < entryRows ? firstRow + 64 : entryRows) - 1;
        const int keyEnd = firstPosition + blockLastRow / group + 1;

        unsigned query[HeadDim / 16][4];
        Base::load_query(query, Base::query_row(a, entry, kvHead, row[0]), Base::query_row(a, entry, kvHead, row[1]));
        Total total{reinterpret_cast<float*>(shared + Base::SHARED_BYTES), {-INFINITY, -INFINITY}, {0.0f, 0.0f}};
        for (int i = 0; i < HeadDim / 8; ++i) {
            total.at(i, 0) = total.at(i, 1) = total.at(i, 2) = total.at(i, 3) = 0.0f;
        }
        for (int first = 0; first < keyEnd; first += PARTITION) {
            RowState<HeadDim> part;
            part.clear();
            const int end = first + PARTITION < keyEnd ? first + PARTITION : keyEnd;
            Base::attend_partition(part, query, reinterpret_cast<bf16*>(shared), a, table, kvHead, first, end, lastKey);
            add_partition(total, part);
        }
        for (int r = 0; r < 2; ++r) {
            if (row[r] < entryRows) {
                const long long outRow = entryFirst + row[r] / group;
                store(out + (outRow * a.heads + kvHead * group + row[r] % group) * HeadDim, total, r);
            }
        }
    }
};

// grid: (context items, KV heads)
#define CONTEXT_KERNEL(name, headDim)                                                                                            \
    KERNEL void __launch_bounds__(128) name(bf16* out, const bf16* qkv, const bf16* keys, const bf16* values, const int* step,   \
                                            int heads, int kvHeads, int blockSize, float scale) {                                \
        SHARED_MEMORY(shared);                                                                                                   \
        const AttentionArguments a{qkv, keys, values, step, heads, kvHeads, blockSize, scale* LOG2_E};                           \
        ContextAttention<headDim>::run(out, a, shared);                                                                          \
    }

CONTEXT_KERNEL(attention_context_32, 32)
CONTEXT_KERNEL(attention_context_64, 64)
CONTEXT_KERNEL(attention_context_128, 128)
