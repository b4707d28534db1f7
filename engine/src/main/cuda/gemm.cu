// Tiles for many rows: compute-bound.
#include "gemm.cuh"

GEMM_KERNEL(gemm_128x128, 128, 128, 64, 2, 4, 3)
GEMM_KERNEL(gemm_64x64, 64, 64, 64, 2, 2, 4)
