package dev.iterscope.engine.backend.cuda;

import java.util.Locale;

/// A GPU as the driver describes it.
///
/// @param ordinal                   index among the visible devices (`CUDA_VISIBLE_DEVICES` has been applied by the driver)
/// @param name                      product name
/// @param computeMajor              major compute capability
/// @param computeMinor              minor compute capability
/// @param memoryBytes               device memory
/// @param multiprocessors           number of SMs
/// @param clockKilohertz            peak SM clock
/// @param memoryClockKilohertz      peak memory clock; 0 where the driver does not tell
/// @param memoryBusBits             width of the memory bus
/// @param sharedBytesPerBlockOptIn  most shared memory that one block can ask for
/// @param pciBusId                  bus address, the key of NVML
public record CudaDevice(
        int ordinal,
        String name,
        int computeMajor,
        int computeMinor,
        long memoryBytes,
        int multiprocessors,
        int clockKilohertz,
        int memoryClockKilohertz,
        int memoryBusBits,
        int sharedBytesPerBlockOptIn,
        String pciBusId) {

    /// Bytes per second that the memory can move by its data sheet: bus width x clock x 2 (both edges).
    public double peakBandwidth() {
        return 2.0 * memoryClockKilohertz * 1e3 * (memoryBusBits / 8.0);
    }

    /// Dense bf16 FLOP/s of the tensor cores by the data sheet: SMs x FLOPs per SM and clock x clock.
    ///
    /// FLOPs per SM and clock, from NVIDIA's architecture white papers: 2048 on compute capability 8.0, 1024 on 8.6 and 8.7, 1024 on
    /// 8.9, 4096 on 9.0 and 10.x; others are taken as 1024.
    public double peakBf16Flops() {
        int perSmAndClock =
                switch (computeMajor * 10 + computeMinor) {
                    case 80 -> 2048;
                    case 90, 100, 103 -> 4096;
                    default -> 1024;
                };
        return (double) multiprocessors * perSmAndClock * clockKilohertz * 1e3;
    }

    /// The device in a line: name, compute capability, multiprocessors, memory.
    String summary() {
        return String.format(
                Locale.ROOT,
                "%s, compute capability %d.%d, %d multiprocessors, %.1f GiB",
                name,
                computeMajor,
                computeMinor,
                multiprocessors,
                memoryBytes / (double) (1L << 30));
    }
}
