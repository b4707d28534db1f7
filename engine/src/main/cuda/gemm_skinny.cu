// Tiles for few rows: bound by reading the weights once. Narrow tiles of n spread the weights over all multiprocessors, and a deep
// ring of long rows keeps enough of them under way to fill the memory's latency.
#include "gemm.cuh"

GEMM_KERNEL(gemm_16x32, 16, 32, 128, 1, 4, 5)
GEMM_KERNEL(gemm_32x32, 32, 32, 128, 1, 4, 4)
