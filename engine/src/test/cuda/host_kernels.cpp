// All kernels compiled for the host, and a launch by name with the arguments as cuLaunchKernel takes them.
#include <utility>

#include "activation.cu"
#include "attention_context.cu"
#include "attention_generation.cu"
#include "embedding.cu"
#include "gemm.cu"
#include "gemm_skinny.cu"
#include "norm.cu"
#include "rotary.cu"
#include "sampling.cu"

namespace {

template <auto Function>
struct Caller;

template <class... Arguments, void (*Function)(Arguments...)>
struct Caller<Function> {
    static constexpr int COUNT = sizeof...(Arguments);

    static void call(void** pointers) { unpack(pointers, std::index_sequence_for<Arguments...>()); }

    template <size_t... I>
    static void unpack(void** pointers, std::index_sequence<I...>) {
        Function(*static_cast<Arguments*>(pointers[I])...);
    }
};

struct Kernel {
    const char* name;
    void (*body)(void**);
    int arguments;
};

#define K(name) {#name, &Caller<&name>::call, Caller<&name>::COUNT}
const Kernel KERNELS[] = {
    K(attention_context_128), K(attention_context_32), K(attention_context_64), K(attention_generation_128),
    K(attention_generation_32), K(attention_generation_64), K(attention_merge_128), K(attention_merge_32), K(attention_merge_64),
    K(embed), K(gemm_128x128), K(gemm_16x32), K(gemm_32x32), K(gemm_64x64), K(rms_norm), K(rms_norm_samples),
    K(rotary_and_kv_write), K(sample), K(swiglu),
};

}  // namespace

// grid: blocks x, y, z, then threads x, y, z. Returns emulation::Result.
extern "C" int host_launch(const char* name, const unsigned* grid, unsigned sharedBytes, void** arguments, int backwards) {
    for (const Kernel& kernel : KERNELS) {
        if (strcmp(kernel.name, name) == 0) {
            return emulation::launch(kernel.body, {grid[0], grid[1], grid[2]}, {grid[3], grid[4], grid[5]}, sharedBytes, arguments,
                                     backwards != 0);
        }
    }
    return emulation::UNKNOWN_KERNEL;
}
