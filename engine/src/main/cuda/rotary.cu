// Between the projection and attention: norm of queries and keys per head (Qwen3), rotary embedding, and the write of keys and
// values into the paged cache.
//
// qkv:   [rows][(heads + 2 kvHeads) headDim] bf16: queries (rotated in place), keys, values
// table: [positions][headDim / 2] pairs (cos, sin)
// cache: [blocks][kvHeads][blockSize][headDim] bf16, one for keys and one for values
#include "device.cuh"
#include "step.cuh"

struct HeadShape {
    int heads;
    int kvHeads;
    int headDim;
    int blockSize;
};

DEVICE bf16* cache_row(bf16* cache, const HeadShape& shape, int slot, int kvHead) {
    const long long block = slot / shape.blockSize;
    return cache + ((block * shape.kvHeads + kvHead) * shape.blockSize + slot % shape.blockSize) * shape.headDim;
}

// One warp: normalises (when there is a weight) and rotates a head from `source` to `target`; the two may be the same.
DEVICE void rotate_head(bf16* target, const bf16* source, const bf16* weight, const float* angles, int headDim, float epsilon) {
    const int lane = threadIdx.x;
    const int half = headDim / 2;
    float scale = 1.0f;
    if (weight != nullptr) {
        float squares = 0.0f;
        for (int i = lane; i < headDim; i += 32) {
            const float value = bf16_to_float(source[i]);
            squares = fmaf(value, value, squares);
        }
        scale = rsqrtf(warp_sum(squares) / static_cast<float>(headDim) + epsilon);
    }
    for (int i = lane; i < half; i += 32) {
        float first = bf16_to_float(source[i]) * scale;
        float second = bf16_to_float(source[i + half]) * scale;
        if (weight != nullptr) {
            first *= bf16_to_float(weight[i]);
            second *= bf16_to_float(weight[i + half]);
        }
        const float cosine = angles[2 * i];
        const float sine = angles[2 * i + 1];
        target[i] = float_to_bf16(fmaf(first, cosine, -(second * sine)));
        target[i + half] = float_to_bf16(fmaf(second, cosine, first * sine));
    }
}

// blockDim = (32, warps); blockIdx.x is the row, blockIdx.y x warps + threadIdx.y the head: queries, then keys, then values.
KERNEL void __launch_bounds__(128)
rotary_and_kv_write(bf16* qkv, bf16* keys, bf16* values, const float* table, const bf16* queryNorm, const bf16* keyNorm,
                    const int* step, int heads, int kvHeads, int headDim, int blockSize, float epsilon) {
    const HeadShape shape{heads, kvHeads, headDim, blockSize};
    const int row = blockIdx.x;
    const int head = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= step[TOKENS] || head >= heads + 2 * kvHeads) {
        return;
    }
    bf16* source = qkv + (static_cast<long long>(row) * (heads + 2 * kvHeads) + head) * headDim;
    const float* angles = table + static_cast<long long>(step_value(step, POSITIONS, row)) * headDim;
    const int slot = step_value(step, KV_SLOTS, row);
    if (head < heads) {
        rotate_head(source, source, queryNorm, angles, headDim, epsilon);
    } else if (head < heads + kvHeads) {
        rotate_head(cache_row(keys, shape, slot, head - heads), source, keyNorm, angles, headDim, epsilon);
    } else {
        bf16* target = cache_row(values, shape, slot, head - heads - kvHeads);
        for (int i = threadIdx.x; i < headDim; i += 32) {
            target[i] = source[i];
        }
    }
}
