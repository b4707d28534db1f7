package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// The scheduler took a running request's KV blocks away to go on with others. The request waits and computes its
/// tokens again: many of these mean that the KV cache is too small for max-num-seqs.
@Name(PreemptionEvent.NAME)
@Label("Preemption")
@Category("LLM Serving")
@Description("A running request lost its KV blocks and will compute its tokens again")
@StackTrace(false)
public final class PreemptionEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.Preemption";

    @Label("Request")
    @Description("Identifier of the request")
    String id = "";

    @Label("Iteration")
    @Description("Number of the step whose planning preempted it")
    int iteration;

    @Label("Blocks Freed")
    @Description("KV blocks that became free, without those that other requests share")
    int blocksFreed;

    @Label("Tokens to Recompute")
    @Description("Computed tokens that were lost; prefix-cache hits may later make them fewer")
    int tokensToRecompute;
}
