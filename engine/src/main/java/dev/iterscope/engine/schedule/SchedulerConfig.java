package dev.iterscope.engine.schedule;

/// The scheduler's limits and policies, named as vLLM names them.
///
/// @param maxNumBatchedTokens       token budget of a step (MBNT)
/// @param maxNumSeqs                most running requests
/// @param maxModelLen               most tokens of a sequence, prompt and output together
/// @param chunkedPrefill            whether a prompt may be split over steps
/// @param longPrefillTokenThreshold most prompt tokens of one request in a step; 0 for no limit
/// @param policy                    order of service
/// @param asyncScheduling           whether a second step is planned while the first executes
/// @param reserveFullIsl            whether a request is admitted only if its whole known sequence fits
/// @param watermark                 share of the blocks kept free when admitting while others run, 0..1
/// @param encoderBudgetTokens       encoder tokens that a step may compute
/// @param chunkedEncoderInputs      whether a chunk may end inside an encoder input's positions
/// @param speculativeTokens         draft tokens per generation step
public record SchedulerConfig(
        int maxNumBatchedTokens,
        int maxNumSeqs,
        int maxModelLen,
        boolean chunkedPrefill,
        int longPrefillTokenThreshold,
        Policy policy,
        boolean asyncScheduling,
        boolean reserveFullIsl,
        double watermark,
        int encoderBudgetTokens,
        boolean chunkedEncoderInputs,
        int speculativeTokens) {

    /// Order of service.
    public enum Policy {
        /// First come, first served; the last admitted is preempted first.
        FCFS,
        /// By priority, then arrival; the lowest in that order is preempted first.
        PRIORITY
    }

    /// Checks the ranges.
    public SchedulerConfig {
        if (maxNumBatchedTokens < 1 || maxNumSeqs < 1 || maxModelLen < 1 || longPrefillTokenThreshold < 0) {
            throw new IllegalArgumentException("limits must be positive: " + maxNumBatchedTokens + ", " + maxNumSeqs + ", " + maxModelLen);
        }
        if (!(watermark >= 0 && watermark < 1) || encoderBudgetTokens < 0 || speculativeTokens < 0) {
            throw new IllegalArgumentException("need 0 <= watermark < 1 and budgets >= 0: " + watermark);
        }
    }

    /// vLLM's behaviour with chunked prefill, FCFS, synchronous, no reservation: the defaults of a `schedule` scenario.
    public static SchedulerConfig of(int maxNumBatchedTokens, int maxNumSeqs, int maxModelLen) {
        return new SchedulerConfig(
                maxNumBatchedTokens,
                maxNumSeqs,
                maxModelLen,
                true,
                0,
                Policy.FCFS,
                false,
                false,
                0.0,
                maxNumBatchedTokens,
                true,
                0);
    }

    /// The same with another token budget.
    public SchedulerConfig withMaxNumBatchedTokens(int tokens) {
        return new SchedulerConfig(
                tokens,
                maxNumSeqs,
                maxModelLen,
                chunkedPrefill,
                longPrefillTokenThreshold,
                policy,
                asyncScheduling,
                reserveFullIsl,
                watermark,
                encoderBudgetTokens,
                chunkedEncoderInputs,
                speculativeTokens);
    }

    /// The same with asynchronous scheduling on or off.
    public SchedulerConfig withAsyncScheduling(boolean async) {
        return new SchedulerConfig(
                maxNumBatchedTokens,
                maxNumSeqs,
                maxModelLen,
                chunkedPrefill,
                longPrefillTokenThreshold,
                policy,
                async,
                reserveFullIsl,
                watermark,
                encoderBudgetTokens,
                chunkedEncoderInputs,
                speculativeTokens);
    }

    /// The same with or without reservation of the whole known sequence at admission.
    public SchedulerConfig withReserveFullIsl(boolean reserve) {
        return new SchedulerConfig(
                maxNumBatchedTokens,
                maxNumSeqs,
                maxModelLen,
                chunkedPrefill,
                longPrefillTokenThreshold,
                policy,
                asyncScheduling,
                reserve,
                watermark,
                encoderBudgetTokens,
                chunkedEncoderInputs,
                speculativeTokens);
    }
}
