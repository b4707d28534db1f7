package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.StackTrace;

/// One step of the engine: what was computed together, how full the KV cache was, and how long the step had the
/// engine to itself.
///
/// **Time.** The event begins when its batch becomes the oldest one in flight, which is
/// `max(result of the step before, submission of this step)`, and ends when its result is there. Durations therefore
/// never overlap, and together with `idleBefore` of [IterationDetailEvent] they add up to the wall clock, also with two
/// batches in flight. A duration from submission to result would count the overlap twice.
///
/// **State.** The KV and queue figures are those after the step was planned and before its outcome was applied.
///
/// Counts are `int` because JDK Mission Control charts an `int` but not a plain `long`. Events are written by
/// [IterationRecorder]; the fields are the schema and are read from recordings, not from this class.
@Name(IterationEvent.NAME)
@Label("Iteration")
@Category("LLM Serving")
@Description("One step of the engine: its batch, the KV cache and the time that was its own")
@StackTrace(false)
public final class IterationEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.Iteration";

    @Label("Iteration")
    @Description("Number of the step in its engine: the first is 1, each one more than the step before")
    int iteration;

    @Label("Context Requests")
    @Description("Requests in the context (prefill) phase, a resumed one until it has caught up included")
    int contextRequests;

    @Label("Context Tokens")
    @Description("Tokens computed in this step for context requests; prefix-cache hits are not among them")
    int contextTokens;

    @Label("Generation Requests")
    @Description("Requests in the generation (decode) phase")
    int generationRequests;

    @Label("Generation Tokens")
    @Description("Tokens computed in this step for generation requests; more than the requests with drafts")
    int generationTokens;

    @Label("KV Usage")
    @Description("KV blocks that live requests hold, as a share of all; cached blocks without an owner are free")
    @Percentage
    float kvUsage;

    @Label("KV Blocks Used")
    @Description("KV blocks that live requests hold; a block that several requests share counts once")
    int kvBlocksUsed;

    @Label("KV Blocks Total")
    @Description("KV blocks that requests can hold; vLLM's null block is not among them")
    int kvBlocksTotal;

    @Label("KV Tokens Held")
    @Description("Live tokens in the used blocks, below blocks times block size by what tail blocks leave empty")
    int kvTokensHeld;

    @Label("Running")
    @Description("Requests that the scheduler has admitted, whether they are in this batch or not")
    int runningRequests;

    @Label("Waiting")
    @Description("Requests that wait for admission, the preempted ones included")
    int waitingRequests;

    @Label("Preemptions")
    @Description("Requests that lost their KV blocks while this step was planned")
    int preemptions;
}
