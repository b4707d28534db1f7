package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/// A device that steps are computed on, with the two roofs of its roofline: as the data sheet gives them and as they
/// were measured on this machine. Written at the start and in every chunk. An unknown rate is NaN.
@Name(DeviceEvent.NAME)
@Label("Device")
@Category("LLM Serving")
@Description("A device that steps are computed on, with its peak rates")
@Period("beginChunk")
@StackTrace(false)
public final class DeviceEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.Device";

    @Label("Device")
    @Description("Number of the device")
    int device;

    @Label("Name")
    @Description("Name of the device")
    String name = "";

    @Label("Kind")
    @Description("cpu or gpu")
    String kind = "";

    @Label("Compute Units")
    @Description("Cores of a CPU that the engine may use, or multiprocessors of a GPU")
    int computeUnits;

    @Label("Memory")
    @Description("Memory of the device")
    @DataAmount
    long memoryBytes;

    @Label("Peak FLOP/s")
    @Description("Peak floating-point rate of the data sheet for the weights' type, in operations per second")
    double peakFlops;

    @Label("Measured FLOP/s")
    @Description("Highest floating-point rate measured on this machine, in operations per second")
    double measuredFlops;

    @Label("Peak Bandwidth")
    @Description("Memory bandwidth of the data sheet, in bytes per second")
    double peakBandwidth;

    @Label("Measured Bandwidth")
    @Description("Highest memory bandwidth measured on this machine, in bytes per second")
    double measuredBandwidth;
}
