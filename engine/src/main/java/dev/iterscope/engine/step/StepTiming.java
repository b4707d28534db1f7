package dev.iterscope.engine.step;

/// When a step happened, on the loop's clock. All values are nanoseconds.
///
/// The own time of steps and the idle gaps between them add up to the wall clock (invariant I11), also with two steps in flight:
/// own time is `result − max(previous result, submit)`.
///
/// @param iteration       number of the step, from 1
/// @param inFlight        steps in flight when this one was submitted, itself included
/// @param startNanos      when the step became the oldest in flight: max(previous result, submit)
/// @param submitNanos     when it was handed to the executor
/// @param resultNanos     when its result was there
/// @param scheduleNanos   time spent planning it
/// @param resultWaitNanos time the loop was blocked waiting for its result
/// @param updateNanos     time spent taking in the outcome
/// @param idleBeforeNanos time before it with nothing in flight, max(0, submit − previous result); 0 for the first step
public record StepTiming(
        long iteration,
        int inFlight,
        long startNanos,
        long submitNanos,
        long resultNanos,
        long scheduleNanos,
        long resultWaitNanos,
        long updateNanos,
        long idleBeforeNanos) {

    /// The part of the wall clock that is this step's own.
    public long ownNanos() {
        return resultNanos - startNanos;
    }

    /// From hand-over to result; overlaps with the previous step when two are in flight.
    public long submitToResultNanos() {
        return resultNanos - submitNanos;
    }
}
