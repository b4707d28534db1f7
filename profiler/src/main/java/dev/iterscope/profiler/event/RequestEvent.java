package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// A request came to its end: what it cost and what its user saw. An instant at the end; all times are measured from
/// the arrival. A time that there was none of (no token came, only one token came) is `Long.MIN_VALUE`.
@Name(RequestEvent.NAME)
@Label("Request")
@Category("LLM Serving")
@Description("A request came to its end: what it cost and what its user saw")
@StackTrace(false)
public final class RequestEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.Request";

    @Label("Request")
    @Description("Identifier of the request")
    String id = "";

    @Label("Prompt Tokens")
    @Description("Length of the prompt")
    int promptTokens;

    @Label("Cached Tokens")
    @Description("Prompt tokens that the prefix cache served")
    int cachedTokens;

    @Label("Output Tokens")
    @Description("Tokens generated")
    int outputTokens;

    @Label("Preemptions")
    @Description("Times that the request lost its KV blocks")
    int preemptions;

    @Label("Queue Time")
    @Description("From arrival to the step that first scheduled it")
    @Timespan
    long queueTime;

    @Label("Time to First Token")
    @Description("From arrival to the first output token (TTFT)")
    @Timespan
    long timeToFirstToken;

    @Label("Mean Time per Output Token")
    @Description("From first to last token, divided by the tokens after the first (TPOT)")
    @Timespan
    long meanTimePerOutputToken;

    @Label("End to End")
    @Description("From arrival to the last token")
    @Timespan
    long endToEnd;

    @Label("Finish Reason")
    @Description("Why it ended: stop, length, abort, or error for a rejected one")
    String finishReason = "";
}
