package dev.iterscope.engine.backend.cuda;

import dev.iterscope.profiler.event.DeviceSampleEvent;
import java.util.Optional;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/// Writes a [DeviceSampleEvent] a second while a recording runs: the Flight Recorder calls from its own thread, and only then.
final class DeviceSampler implements AutoCloseable {
    private final @Nullable Nvml nvml;
    private final Runnable write;

    private DeviceSampler(@Nullable Nvml nvml) {
        this.nvml = nvml;
        write = nvml == null ? () -> {} : () -> nvml.sample().commit();
    }

    /// Samples nothing.
    static DeviceSampler none() {
        return new DeviceSampler(null);
    }

    /// Starts sampling where the management library is found; else does nothing.
    static DeviceSampler start(CudaDevice device) {
        Optional<Nvml> nvml = FlightRecorder.isAvailable()
                ? CudaLibraries.nvml().flatMap(library -> Nvml.open(library, device))
                : Optional.empty();
        DeviceSampler sampler = new DeviceSampler(nvml.orElse(null));
        if (sampler.nvml != null) {
            FlightRecorder.addPeriodicEvent(DeviceSampleEvent.class, sampler.write);
        }
        return sampler;
    }

    @Override
    public void close() {
        if (nvml != null) {
            FlightRecorder.removePeriodicEvent(write);
            nvml.close();
        }
    }
}
