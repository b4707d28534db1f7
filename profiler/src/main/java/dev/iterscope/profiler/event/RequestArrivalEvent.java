package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A request reached the engine. The event's start is the arrival time, so that these events alone are a workload that
/// can be replayed.
@Name(RequestArrivalEvent.NAME)
@Label("Request Arrival")
@Category("LLM Serving")
@Description("A request reached the engine")
@StackTrace(false)
public final class RequestArrivalEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.RequestArrival";

    @Label("Request")
    @Description("Identifier of the request")
    String id = "";

    @Label("Prompt Tokens")
    @Description("Length of the prompt")
    int promptTokens;

    @Label("Max Tokens")
    @Description("Most output tokens that the request asks for")
    int maxTokens;

    @Label("Priority")
    @Description("Priority of the request; lower is served first, 0 under first come, first served")
    int priority;

    @Label("Prefix Hashes")
    @Description("Hashes of the prompt's full KV blocks in order, in hexadecimal with spaces; empty if not recorded")
    String prefixHashes = "";
}
