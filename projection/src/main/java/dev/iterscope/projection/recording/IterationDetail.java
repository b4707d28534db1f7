package dev.iterscope.projection.recording;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What rich sources know about a step beyond its counts; the fields of `iterscope.IterationDetail`. Tokens unless said otherwise,
/// durations in nanoseconds.
///
/// @param tokenBudget           most tokens the step could have
/// @param kvTokensAllocated     used blocks x block size
/// @param contextKvTokens       KV read for context requests (hits and earlier chunks)
/// @param contextAttentionPairs query x key pairs of the context chunks
/// @param contextLengthVariance population variance of full prompt lengths
/// @param generationKvTokens    KV read for generation requests
/// @param generationKvVariance  population variance of their lengths
/// @param maxKvLength           longest sequence
/// @param queuedContextTokens   context tokens waiting
/// @param queuedKvTokens        KV tokens that preempted requests had
/// @param recomputedTokens      context tokens computed again after a preemption
/// @param prefixQueriedTokens   tokens looked up in the prefix cache
/// @param prefixHitTokens       tokens found there
/// @param encoderInputs         encoder inputs computed
/// @param encoderTokens         encoder tokens computed
/// @param draftTokens           draft tokens verified
/// @param acceptedTokens        draft tokens accepted
/// @param paddedTokens          batch size after padding to a capture size
/// @param graphMode             `none`, `piecewise`, `full`, or the source's own word
/// @param inFlight              steps in flight when it was submitted
/// @param scheduleNanos         planning
/// @param submitToResultNanos   hand-over to result
/// @param resultWaitNanos       blocked waiting for the result
/// @param updateNanos           taking in the outcome
/// @param idleBeforeNanos       nothing in flight before it
public record IterationDetail(
        OptionalLong tokenBudget,
        OptionalLong kvTokensAllocated,
        OptionalLong contextKvTokens,
        OptionalDouble contextAttentionPairs,
        OptionalDouble contextLengthVariance,
        OptionalLong generationKvTokens,
        OptionalDouble generationKvVariance,
        OptionalLong maxKvLength,
        OptionalLong queuedContextTokens,
        OptionalLong queuedKvTokens,
        OptionalLong recomputedTokens,
        OptionalLong prefixQueriedTokens,
        OptionalLong prefixHitTokens,
        OptionalLong encoderInputs,
        OptionalLong encoderTokens,
        OptionalLong draftTokens,
        OptionalLong acceptedTokens,
        OptionalLong paddedTokens,
        Optional<String> graphMode,
        OptionalLong inFlight,
        OptionalLong scheduleNanos,
        OptionalLong submitToResultNanos,
        OptionalLong resultWaitNanos,
        OptionalLong updateNanos,
        OptionalLong idleBeforeNanos) {}
