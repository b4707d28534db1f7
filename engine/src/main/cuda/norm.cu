// RMS norm: x / sqrt(mean(x^2) + eps) * weight, from the f32 residual stream to the bf16 that the matrices read.
#include "device.cuh"
#include "step.cuh"

DEVICE void rms_norm_row(bf16* target, const float* source, const bf16* weight, int width, float epsilon) {
    float squares = 0.0f;
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
        squares = fmaf(source[i], source[i], squares);
    }
    const float scale = rsqrtf(block_sum(squares) / static_cast<float>(width) + epsilon);
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
        target[i] = float_to_bf16(source[i] * scale * bf16_to_float(weight[i]));
    }
}

// One block a row of the step.
KERNEL void __launch_bounds__(256)
rms_norm(bf16* out, const float* hidden, const bf16* weight, const int* step, int width, float epsilon) {
    const int row = blockIdx.x;
    if (row < step[TOKENS]) {
        const long long offset = static_cast<long long>(row) * width;
        rms_norm_row(out + offset, hidden + offset, weight, width, epsilon);
    }
}

// One block a sample: the rows that yield a token, packed for the head.
KERNEL void __launch_bounds__(256)
rms_norm_samples(bf16* out, const float* hidden, const bf16* weight, const int* step, int width, float epsilon) {
    const int sample = blockIdx.x;
    if (sample < step[SAMPLES]) {
        const long long row = step_value(step, SAMPLE_ROW, sample);
        rms_norm_row(out + static_cast<long long>(sample) * width, hidden + row * width, weight, width, epsilon);
    }
}
