package dev.iterscope.engine.step;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;

/// Tells two observers, the first one first.
///
/// @param first  is told first
/// @param second is told second
public record StepObservers(StepObserver first, StepObserver second) implements StepObserver {

    @Override
    public void arrived(Request request, long nowNanos) {
        first.arrived(request, nowNanos);
        second.arrived(request, nowNanos);
    }

    @Override
    public void rejected(Request request, String reason, long nowNanos) {
        first.rejected(request, reason, nowNanos);
        second.rejected(request, reason, nowNanos);
    }

    @Override
    public void planned(StepPlan plan, long nowNanos) {
        first.planned(plan, nowNanos);
        second.planned(plan, nowNanos);
    }

    @Override
    public void started(StepPlan plan, long nowNanos) {
        first.started(plan, nowNanos);
        second.started(plan, nowNanos);
    }

    @Override
    public void resultReady(StepPlan plan, long nowNanos) {
        first.resultReady(plan, nowNanos);
        second.resultReady(plan, nowNanos);
    }

    @Override
    public void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {
        first.preempted(sequence, blocksFreed, tokensToRecompute, nowNanos);
        second.preempted(sequence, blocksFreed, tokensToRecompute, nowNanos);
    }

    @Override
    public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
        first.completed(plan, outcome, timing);
        second.completed(plan, outcome, timing);
    }

    @Override
    public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
        first.finished(sequence, reason, nowNanos);
        second.finished(sequence, reason, nowNanos);
    }
}
