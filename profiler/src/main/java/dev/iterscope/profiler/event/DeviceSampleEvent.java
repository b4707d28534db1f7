package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Frequency;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/// What a GPU's clocks, power and temperature are, once a second: explains why the same step takes longer later in a
/// run. Unknown numbers are MIN_VALUE or NaN.
@Name(DeviceSampleEvent.NAME)
@Label("Device Sample")
@Category("LLM Serving")
@Description("Clocks, power and temperature of a GPU; lower clocks explain steps that become slower")
@Period("1 s")
@StackTrace(false)
public final class DeviceSampleEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.DeviceSample";

    @Label("Device")
    @Description("Number of the device; joins to iterscope.Device")
    int device;

    @Label("SM Clock")
    @Description("Clock of the multiprocessors")
    @Frequency long smClock;

    @Label("Memory Clock")
    @Description("Clock of the memory")
    @Frequency long memoryClock;

    @Label("Power")
    @Description("Power draw in watts")
    float powerWatts;

    @Label("Temperature")
    @Description("Temperature in degrees Celsius")
    int temperatureCelsius;

    @Label("Utilization")
    @Description("Share of the last sampling interval of the driver in which a kernel ran")
    @Percentage
    float utilization;

    @Label("Throttle Reasons")
    @Description("Why the clocks are below their maximum, in NVML's words; empty when they are not")
    String throttleReasons = "";
}
