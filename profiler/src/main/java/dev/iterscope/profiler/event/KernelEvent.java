package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.SettingDefinition;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// One kernel run: its shape, its work and its time on the device.
///
/// Off by default, since a step of a model with 36 layers has hundreds of them. Device times are fields because a JFR
/// event's own start and duration are those of the moment of the commit and cannot be set afterwards; the event itself
/// is an instant. The setting `everyNthIteration` ([KernelSampling]) thins them out. Shape fields that a kernel does
/// not have are 0.
@Name(KernelEvent.NAME)
@Label("Kernel")
@Category("LLM Serving")
@Description("One kernel run: shape, work and device time; off by default")
@Enabled(false)
@StackTrace(false)
public final class KernelEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.Kernel";

    @Label("Kernel")
    @Description("Name of the kernel as its backend or the profiler calls it")
    String kernel = "";

    @Label("Kind")
    @Description("What it computes: gemm, context_attention, generation_attention, elementwise, ...")
    String kind = "";

    @Label("Layer")
    @Description("Transformer layer counted from 0; -1 outside the layers")
    int layer;

    @Label("Iteration")
    @Description("Number of the step that it belongs to")
    int iteration;

    @Label("M")
    @Description("Rows of a GEMM's output: the tokens")
    int m;

    @Label("N")
    @Description("Columns of a GEMM's output")
    int n;

    @Label("K")
    @Description("Length of a GEMM's inner dimension")
    int k;

    @Label("Tokens")
    @Description("Query tokens that the kernel processed")
    int tokens;

    @Label("KV Tokens")
    @Description("KV tokens that an attention kernel read")
    int kvTokens;

    @Label("FLOPs")
    @Description("Floating-point operations of the algorithm; a multiply-add counts as two")
    double flops;

    @Label("Bytes")
    @Description("Bytes that the algorithm must move to and from memory at least once")
    @DataAmount
    long bytes;

    @Label("Device")
    @Description("Number of the device; joins to iterscope.Device")
    int device;

    @Label("Stream")
    @Description("Stream or worker on the device")
    int stream;

    @Label("Device Start")
    @Description("Start on the device's clock; the origin is arbitrary but one for the recording")
    @Timespan
    long deviceStart;

    @Label("Device Time")
    @Description("Time that the kernel ran on the device")
    @Timespan
    long deviceTime;

    @Name(KernelSampling.NAME)
    @Label("Every nth Iteration")
    @Description("Record the kernels of every nth step")
    @SettingDefinition
    boolean everyNthIteration(KernelSampling sampling) {
        return sampling.takes(iteration);
    }
}
