// Token embedding: the residual stream starts as the table's row, widened to f32.
#include "device.cuh"
#include "step.cuh"

// One block a row. `sampled` holds the tokens of the latest steps: with two steps in flight the host does not know them yet.
KERNEL void __launch_bounds__(256)
embed(float* hidden, const bf16* table, const int* step, const int* sampled, int width) {
    const int row = blockIdx.x;
    if (row >= step[TOKENS]) {
        return;
    }
    int token = step_value(step, TOKEN_IDS, row);
    if (token < 0) {
        token = sampled[-1 - token];
    }
    const bf16* source = table + static_cast<long long>(token) * width;
    float* target = hidden + static_cast<long long>(row) * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
        target[i] = bf16_to_float(source[i]);
    }
}
