package dev.iterscope.projection.recording;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// The device as `iterscope.Device` or an nsys export records it.
///
/// @param name              its name
/// @param kind              `cpu`, `cuda`, `emulated`
/// @param memoryBytes       its memory
/// @param peakFlops         data-sheet FLOP/s
/// @param peakBandwidth     data-sheet bytes/s
/// @param measuredFlops     measured FLOP/s
/// @param measuredBandwidth measured bytes/s
public record DeviceFacts(
        String name,
        String kind,
        OptionalLong memoryBytes,
        OptionalDouble peakFlops,
        OptionalDouble peakBandwidth,
        OptionalDouble measuredFlops,
        OptionalDouble measuredBandwidth) {

    /// The same device with these data-sheet peaks, FLOP/s and bytes/s.
    public DeviceFacts withPeaks(double flops, double bandwidth) {
        return new DeviceFacts(name, kind, memoryBytes, OptionalDouble.of(flops), OptionalDouble.of(bandwidth), measuredFlops,
                measuredBandwidth);
    }
}
