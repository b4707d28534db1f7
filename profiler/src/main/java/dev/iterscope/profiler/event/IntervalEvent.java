package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// Averages over some seconds, as an engine that does not log single iterations reports them: vLLM's 10-second line
/// and SGLang's decode line. Only imported recordings hold it.
@Name(IntervalEvent.NAME)
@Label("Interval")
@Category("LLM Serving")
@Description("Averages over some seconds, imported from an engine's log")
@StackTrace(false)
public final class IntervalEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.Interval";

    @Label("Span")
    @Description("Time that the averages cover; it ends at the event")
    @Timespan
    long span;

    @Label("Prompt Throughput")
    @Description("Prompt tokens per second; vLLM counts a prompt when its prefill completes")
    double promptThroughput;

    @Label("Generation Throughput")
    @Description("Output tokens per second")
    double generationThroughput;

    @Label("Running")
    @Description("Running requests at the end of the span")
    int running;

    @Label("Waiting")
    @Description("Waiting requests at the end of the span")
    int waiting;

    @Label("KV Usage")
    @Description("Share of the KV cache that live requests held at the end of the span")
    @Percentage
    float kvUsage;

    @Label("Prefix Hit Rate")
    @Description("Share of queried prompt tokens that the prefix cache served, over the engine's own window")
    @Percentage
    float prefixHitRate;
}
