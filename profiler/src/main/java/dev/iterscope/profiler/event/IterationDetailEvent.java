package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// What explains the time of the [IterationEvent] with the same number: the work behind the counts, the queue, and
/// where the engine thread spent its own time.
///
/// An instant, committed right after its iteration. The fields are a superset of the forward-pass metrics of NVIDIA
/// Dynamo and of the iteration logs of vLLM, TensorRT-LLM and SGLang. A value that the engine does not know is
/// `Integer.MIN_VALUE`, `Long.MIN_VALUE` or NaN, which the JDK's tools print as N/A.
@Name(IterationDetailEvent.NAME)
@Label("Iteration Detail")
@Category("LLM Serving")
@Description("The work, the queue and the engine's own time behind the iteration with the same number")
@StackTrace(false)
public final class IterationDetailEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.IterationDetail";

    @Label("Iteration")
    @Description("Number of the step in its engine: joins this event to its iterscope.Iteration")
    int iteration;

    @Label("Engine")
    @Description("Data-parallel rank of the engine, 0 where there is one")
    int engine;

    @Label("Token Budget")
    @Description("Most tokens that this step was allowed to schedule (max-num-batched-tokens)")
    int tokenBudget;

    @Label("KV Tokens Allocated")
    @Description("Used KV blocks times block size: the capacity taken, not the tokens held")
    int kvTokensAllocated;

    @Label("Context KV Tokens")
    @Description("KV tokens that context requests read besides this step's own: prefix hits and earlier chunks")
    int contextKvTokens;

    @Label("Context Attention Pairs")
    @Description("Sum over context chunks of query and key pairs that causal attention computes")
    double contextAttentionPairs;

    @Label("Context Length Variance")
    @Description("Population variance of the whole prompt lengths of the context requests, in tokens squared")
    double contextLengthVariance;

    @Label("Generation KV Tokens")
    @Description("KV tokens that generation requests read, summed over them")
    int generationKvTokens;

    @Label("Generation KV Variance")
    @Description("Population variance of the KV lengths of the generation requests, in tokens squared")
    double generationKvVariance;

    @Label("Max KV Length")
    @Description("Longest KV length in the batch, in tokens: the longest row of the attention kernel")
    int maxKvLength;

    @Label("Queued Context Tokens")
    @Description("Prompt tokens of waiting requests that are still to be computed")
    int queuedContextTokens;

    @Label("Queued KV Tokens")
    @Description("KV tokens that preempted requests held and will need again")
    int queuedKvTokens;

    @Label("Recomputed Tokens")
    @Description("Tokens computed in this step that had been computed before a preemption")
    int recomputedTokens;

    @Label("Prefix Queried Tokens")
    @Description("Tokens of newly scheduled requests that were looked up in the prefix cache")
    int prefixQueriedTokens;

    @Label("Prefix Hit Tokens")
    @Description("Those of the queried tokens whose KV the prefix cache held")
    int prefixHitTokens;

    @Label("Encoder Inputs")
    @Description("Multi-modal inputs encoded in this step")
    int encoderInputs;

    @Label("Encoder Tokens")
    @Description("Embeddings that the encoder produced in this step")
    int encoderTokens;

    @Label("Draft Tokens")
    @Description("Speculative tokens proposed for this step")
    int draftTokens;

    @Label("Accepted Tokens")
    @Description("Speculative tokens that verification accepted")
    int acceptedTokens;

    @Label("Padded Tokens")
    @Description("Tokens that the kernels ran over, padding to a captured graph size included")
    int paddedTokens;

    @Label("Graph Mode")
    @Description("How kernels were launched: NONE, PIECEWISE or FULL as vLLM names CUDA-graph modes")
    @Nullable String graphMode;

    @Label("In Flight")
    @Description("Batches in flight just after this one was submitted, itself included: 2 under async scheduling")
    int inFlight;

    @Label("Schedule Time")
    @Description("Time that planning this step took on the engine thread")
    @Timespan
    long scheduleTime;

    @Label("Submit to Result")
    @Description("Time from handing over the batch to its result; overlaps the step before under async scheduling")
    @Timespan
    long submitToResult;

    @Label("Result Wait Time")
    @Description("Time that the engine thread was blocked waiting for this result: what vLLM logs as elapsed")
    @Timespan
    long resultWaitTime;

    @Label("Update Time")
    @Description("Time that applying the outcome took on the engine thread")
    @Timespan
    long updateTime;

    @Label("Idle Before")
    @Description("Time with no batch in flight before this one was submitted; 0 for the first iteration")
    @Timespan
    long idleBefore;

    @Label("Dummy")
    @Description("An empty step that keeps data-parallel ranks in lock step")
    boolean dummy;
}
