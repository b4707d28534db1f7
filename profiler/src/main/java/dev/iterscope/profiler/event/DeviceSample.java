package dev.iterscope.profiler.event;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The state of a GPU at a moment; written as [DeviceSampleEvent], which documents each value.
///
/// @param device             number of the device
/// @param smClockHertz       clock of the multiprocessors
/// @param memoryClockHertz   clock of the memory
/// @param powerWatts         power draw
/// @param temperatureCelsius temperature
/// @param utilization        share of time in which a kernel ran, 0..1
/// @param throttleReasons    why the clocks are below their maximum; empty when they are not
public record DeviceSample(
        int device,
        OptionalLong smClockHertz,
        OptionalLong memoryClockHertz,
        OptionalDouble powerWatts,
        OptionalInt temperatureCelsius,
        OptionalDouble utilization,
        String throttleReasons) {

    /// Writes the event.
    public void commit() {
        DeviceSampleEvent event = new DeviceSampleEvent();
        event.device = device;
        event.smClock = smClockHertz.orElse(Unknown.LONG);
        event.memoryClock = memoryClockHertz.orElse(Unknown.LONG);
        event.powerWatts = (float) Unknown.orUnknown(powerWatts);
        event.temperatureCelsius = temperatureCelsius.orElse(Unknown.INT);
        event.utilization = (float) Unknown.orUnknown(utilization);
        event.throttleReasons = throttleReasons;
        event.commit();
    }
}
