// What the kernels need of the hardware, each operation under one name: bf16 conversion, tensor-core multiply, matrix loads from
// shared memory and asynchronous copies (all of them of compute capability 8.0). Compiled by nvcc they are the PTX instructions;
// compiled for the host, emulation.h defines the same names by their definition in the PTX manual.
#pragma once

#include <cstdint>

using bf16 = unsigned short;  // the upper half of an IEEE single

#ifdef __CUDACC__

#define SHARED_MEMORY(name) extern __shared__ __align__(128) unsigned char name[]
#define DEVICE __device__ __forceinline__
#define KERNEL extern "C" __global__

constexpr unsigned FULL_WARP = 0xffffffffu;

DEVICE float bf16_to_float(bf16 value) { return __uint_as_float(static_cast<unsigned>(value) << 16); }

// Two floats rounded to nearest even; `low` ends in the lower half.
DEVICE unsigned pack_bf16(float low, float high) {
    unsigned packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

DEVICE float shuffle_xor(float value, int mask) { return __shfl_xor_sync(FULL_WARP, value, mask); }
DEVICE int shuffle(int value, int lane) { return __shfl_sync(FULL_WARP, value, lane); }

DEVICE unsigned shared_address(const void* pointer) { return static_cast<unsigned>(__cvta_generic_to_shared(pointer)); }

// Four 8x8 matrices of 16-bit elements; lane l points at row l % 8 of matrix l / 8.
DEVICE void load_matrices(unsigned (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// The same, each matrix transposed.
DEVICE void load_matrices_transposed(unsigned (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// c += a b, a 16x16 by rows, b 16x8 by columns, in bf16 with f32 sums.
DEVICE void multiply_add(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Copies 16 bytes to shared memory in the background, or zeros when `valid` is false (`source` is then not read).
DEVICE void copy_async(void* destination, const void* source, bool valid) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(shared_address(destination)), "l"(source), "r"(valid ? 16 : 0)
                 : "memory");
}

DEVICE void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most `Pending` of this thread's committed groups are under way.
template <int Pending>
DEVICE void copy_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

#else
#include "emulation.h"
#endif

DEVICE bf16 float_to_bf16(float value) { return static_cast<bf16>(pack_bf16(value, 0.0f)); }

// The warp's sum in every lane; always the same tree, so the same bits.
DEVICE float warp_sum(float value) {
    for (int mask = 16; mask > 0; mask >>= 1) {
        value += shuffle_xor(value, mask);
    }
    return value;
}

// The block's sum in every thread, for blocks of whole warps and at most 32 of them: warps first, then their sums in order.
DEVICE float block_sum(float value) {
    __shared__ float sums[32];
    const int thread = threadIdx.x;
    value = warp_sum(value);
    if (thread % 32 == 0) {
        sums[thread / 32] = value;
    }
    __syncthreads();
    float total = 0.0f;
    for (unsigned w = 0; w < blockDim.x / 32; ++w) {
        total += sums[w];
    }
    __syncthreads();
    return total;
}
