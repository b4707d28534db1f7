package dev.iterscope.projection.answer;

import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.KernelRow;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// Where kernel time goes: one row per kernel name, largest share first, set beside the device's roofline where work and device are known.
final class KernelTable {
    private KernelTable() {}

    /// Running sums of one kernel name.
    private static final class Sums {
        private String kind = "";
        private long calls;
        private double nanos;
        private double flops;
        private double bytes;
        private boolean workKnown = true;

        void add(KernelRecord kernel) {
            kind = kernel.kind().label();
            calls++;
            nanos += kernel.timeNanos();
            workKnown &= kernel.flops().isPresent() && kernel.bytes().isPresent();
            flops += kernel.flops().orElse(0);
            bytes += kernel.bytes().orElse(0);
        }
    }

    static List<KernelRow> of(Recording recording) {
        Map<String, Sums> byName = new LinkedHashMap<>();
        recording.kernels().forEach(kernel -> byName.computeIfAbsent(kernel.name(), name -> new Sums()).add(kernel));
        double total = byName.values().stream().mapToDouble(sums -> sums.nanos).sum();
        Optional<DeviceFacts> device = recording.devices().stream().findFirst();
        return byName.entrySet().stream()
                .sorted(Comparator.comparingDouble(entry -> -entry.getValue().nanos))
                .map(entry -> row(entry.getKey(), entry.getValue(), total, device))
                .toList();
    }

    private static KernelRow row(String name, Sums sums, double total, Optional<DeviceFacts> device) {
        OptionalDouble peakFlops = device.map(KernelTable::flops).orElse(OptionalDouble.empty());
        OptionalDouble peakBytes = device.map(KernelTable::bandwidth).orElse(OptionalDouble.empty());
        Optional<String> boundBy = Optional.empty();
        OptionalDouble achieved = OptionalDouble.empty();
        if (sums.workKnown && sums.nanos > 0 && peakFlops.isPresent() && peakBytes.isPresent() && sums.bytes > 0) {
            double compute = sums.flops / peakFlops.getAsDouble();
            double memory = sums.bytes / peakBytes.getAsDouble();
            boundBy = Optional.of(compute > memory ? "compute" : "memory");
            achieved = OptionalDouble.of(Math.max(compute, memory) * 1e9 / sums.nanos);
        }
        return new KernelRow(
                name, sums.kind, sums.calls, total > 0 ? sums.nanos / total : 0, Optional.empty(), OptionalDouble.empty(), boundBy,
                achieved);
    }

    private static OptionalDouble flops(DeviceFacts device) {
        return device.peakFlops().isPresent() ? device.peakFlops() : device.measuredFlops();
    }

    private static OptionalDouble bandwidth(DeviceFacts device) {
        return device.peakBandwidth().isPresent() ? device.peakBandwidth() : device.measuredBandwidth();
    }
}
