// SwiGLU: silu(gate) x up, over rows that hold the gates and then the ups.
#include "device.cuh"
#include "step.cuh"

// blockIdx.x is the row; the block strides over its width.
KERNEL void __launch_bounds__(256) swiglu(bf16* out, const bf16* gateUp, const int* step, int width) {
    const int row = blockIdx.x;
    if (row >= step[TOKENS]) {
        return;
    }
    const bf16* gate = gateUp + static_cast<long long>(row) * 2 * width;
    const bf16* up = gate + width;
    bf16* target = out + static_cast<long long>(row) * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
        const float g = bf16_to_float(gate[i]);
        target[i] = float_to_bf16(g / (1.0f + expf(-g)) * bf16_to_float(up[i]));
    }
}
