package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.iterscope.engine.backend.cuda.NativeLibrary.MissingSymbolException;
import dev.iterscope.profiler.event.DeviceSample;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/// Reads a GPU's clocks, power and throttle reasons through NVIDIA's management library. What a device does not tell is empty.
final class Nvml implements AutoCloseable {
    private static final int CLOCK_SM = 1;
    private static final int CLOCK_MEMORY = 2;
    private static final int TEMPERATURE_GPU = 0;

    /// Bits of nvmlDeviceGetCurrentClocksThrottleReasons that mean a loss (idle and application settings do not), by nvml.h.
    private static final Map<Long, String> REASONS = new TreeMap<>(Map.of(
            0x4L, "sw_power_cap",
            0x8L, "hw_slowdown",
            0x10L, "sync_boost",
            0x20L, "sw_thermal_slowdown",
            0x40L, "hw_thermal_slowdown",
            0x80L, "hw_power_brake_slowdown"));

    private final NativeLibrary library;
    private final MemorySegment device;
    private final int ordinal;

    private Nvml(NativeLibrary library, MemorySegment device, int ordinal) {
        this.library = library;
        this.device = device;
        this.ordinal = ordinal;
    }

    /// Opens the management of a device; empty where the library does not know it.
    static Optional<Nvml> open(NativeLibrary library, CudaDevice cudaDevice) {
        Arena arena = Arena.ofAuto();
        try {
            MemorySegment handle = arena.allocate(ADDRESS);
            if (library.call("nvmlInit_v2") == 0
                    && library.call("nvmlDeviceGetHandleByPciBusId_v2", arena.allocateFrom(cudaDevice.pciBusId()), handle) == 0) {
                return Optional.of(new Nvml(library, handle.get(ADDRESS, 0), cudaDevice.ordinal()));
            }
        } catch (MissingSymbolException tooOld) {
            // nothing can be told then
        }
        return Optional.empty();
    }

    /// Looks at the device now.
    DeviceSample sample() {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment value = local.allocate(JAVA_LONG);
            return new DeviceSample(
                    ordinal,
                    megahertz("nvmlDeviceGetClockInfo", CLOCK_SM, value),
                    megahertz("nvmlDeviceGetClockInfo", CLOCK_MEMORY, value),
                    power(value),
                    temperature(value),
                    utilization(value),
                    throttleReasons(value));
        }
    }

    private OptionalLong megahertz(String function, int kind, MemorySegment value) {
        return succeeded(function, device, kind, value)
                ? OptionalLong.of(value.get(JAVA_INT, 0) * 1_000_000L)
                : OptionalLong.empty();
    }

    private OptionalDouble power(MemorySegment value) {
        return succeeded("nvmlDeviceGetPowerUsage", device, value)
                ? OptionalDouble.of(value.get(JAVA_INT, 0) / 1000.0)
                : OptionalDouble.empty();
    }

    private OptionalInt temperature(MemorySegment value) {
        return succeeded("nvmlDeviceGetTemperature", device, TEMPERATURE_GPU, value)
                ? OptionalInt.of(value.get(JAVA_INT, 0))
                : OptionalInt.empty();
    }

    /// nvmlUtilization_t: two ints in per cent, kernels and memory.
    private OptionalDouble utilization(MemorySegment value) {
        return succeeded("nvmlDeviceGetUtilizationRates", device, value)
                ? OptionalDouble.of(value.get(JAVA_INT, 0) / 100.0)
                : OptionalDouble.empty();
    }

    private String throttleReasons(MemorySegment value) {
        if (!succeeded("nvmlDeviceGetCurrentClocksThrottleReasons", device, value)) {
            return "";
        }
        long bits = value.get(JAVA_LONG, 0);
        StringBuilder text = new StringBuilder();
        REASONS.forEach((bit, name) -> {
            if ((bits & bit) != 0) {
                text.append(text.isEmpty() ? "" : " ").append(name);
            }
        });
        return text.toString();
    }

    private boolean succeeded(String function, Object... arguments) {
        return library.has(function) && library.call(function, arguments) == 0;
    }

    @Override
    public void close() {
        succeeded("nvmlShutdown");
    }
}
