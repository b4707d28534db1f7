/// The CUDA backend: the engine on an NVIDIA GPU, through JCuda's binding of the CUDA driver API.
///
/// Nothing here touches a JCuda class before [dev.iterscope.engine.backend.cuda.CudaProbe] has found a driver, a device and a
/// version that the kernels run on: JCuda's static initialiser fails for good where `libcuda` is absent. The kernels are compiled
/// ahead of time from `engine/src/main/cuda`; libraries beside the driver (cuBLASLt, CUPTI, NVML) are optional and bound through
/// the Foreign Function & Memory API when they are found.
@NullMarked
package dev.iterscope.engine.backend.cuda;

import org.jspecify.annotations.NullMarked;
