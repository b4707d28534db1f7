package dev.iterscope.profiler.event;

import java.util.OptionalDouble;

/// A device that steps are computed on; written as [DeviceEvent], which documents each value.
///
/// @param device number of the device, from 0
/// @param name what it is called
/// @param kind `cpu` or `gpu`
/// @param computeUnits cores that the engine may use, or multiprocessors
/// @param memoryBytes its memory
/// @param peak rates of the data sheet
/// @param measured highest rates measured on this machine
public record DeviceDescription(
        int device, String name, String kind, int computeUnits, long memoryBytes, Rates peak, Rates measured) {

    /// The two roofs of a roofline: floating-point operations and memory bytes per second.
    public record Rates(OptionalDouble flops, OptionalDouble bandwidth) {

        /// Rates that nobody has given or measured.
        public static final Rates UNKNOWN = new Rates(OptionalDouble.empty(), OptionalDouble.empty());
    }

    void commit() {
        DeviceEvent event = new DeviceEvent();
        event.device = device;
        event.name = name;
        event.kind = kind;
        event.computeUnits = computeUnits;
        event.memoryBytes = memoryBytes;
        event.peakFlops = Unknown.orUnknown(peak.flops);
        event.measuredFlops = Unknown.orUnknown(measured.flops);
        event.peakBandwidth = Unknown.orUnknown(peak.bandwidth);
        event.measuredBandwidth = Unknown.orUnknown(measured.bandwidth);
        event.commit();
    }
}
