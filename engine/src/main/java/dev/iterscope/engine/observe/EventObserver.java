package dev.iterscope.engine.observe;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.RequestTimeline;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.profiler.event.FinishedRequest;
import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.RequestArrivalEvent;
import dev.iterscope.profiler.event.RequestEvents;
import java.util.Locale;
import java.util.OptionalLong;

/// Commits the events of the steps and requests, from the engine thread. A few branches while nothing records.
public final class EventObserver implements StepObserver {
    private final IterationRecorder recorder = new IterationRecorder();
    private final StepView view = new StepView();
    private long iteration;

    private final RequestArrivalEvent arrival = new RequestArrivalEvent();
    private final int hashedBlockSize;

    /// An observer for one step loop.
    ///
    /// @param hashedBlockSize tokens of a KV block where arrivals are to carry the content of their prompt's blocks; 0 where the
    ///                        content does not matter, since nothing is shared
    public EventObserver(int hashedBlockSize) {
        this.hashedBlockSize = hashedBlockSize;
    }

    @Override
    public void arrived(Request request, long nowNanos) {
        if (arrival.isEnabled()) {
            String hashes = hashedBlockSize == 0 ? "" : PrefixHashes.of(request.prompt(), hashedBlockSize);
            RequestEvents.arrived(
                    request.id(), request.promptTokens(), request.stopRules().maxTokens(), request.priority(), hashes);
        }
    }

    @Override
    public void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {
        RequestEvents.preempted(sequence.request().id(), Math.toIntExact(iteration + 1), blocksFreed, tokensToRecompute);
    }

    @Override
    public void planned(StepPlan plan, long nowNanos) {
        iteration = plan.iteration();
    }

    @Override
    public void started(StepPlan plan, long nowNanos) {
        recorder.started();
    }

    @Override
    public void resultReady(StepPlan plan, long nowNanos) {
        recorder.resultArrived();
    }

    @Override
    public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
        view.of(plan, outcome, timing);
        recorder.commit(view, view);
    }

    /// A request ended as its timeline says. Requests that were rejected never ran and leave no event.
    ///
    /// @param endNanos when it ended; one that ends by its last token ended when that was there
    public void ended(RequestTimeline timeline, long endNanos) {
        if (timeline.finishReason() == FinishReason.REJECTED || !RequestEvents.isRecordingFinished()) {
            return;
        }
        RequestEvents.finished(new FinishedRequest(
                timeline.id(),
                timeline.promptTokens(),
                timeline.cachedTokens(),
                timeline.outputTokens(),
                timeline.preemptions(),
                since(timeline.firstScheduleNanos(), timeline.arrivalNanos()),
                since(timeline.firstTokenNanos(), timeline.arrivalNanos()),
                meanGap(timeline),
                endNanos(timeline, endNanos) - timeline.arrivalNanos(),
                timeline.finishReason().name().toLowerCase(Locale.ROOT)));
    }

    /// What is counted as latency ends with the last token, not with what the engine does after it.
    private static long endNanos(RequestTimeline timeline, long endNanos) {
        boolean byToken = timeline.finishReason() == FinishReason.STOP || timeline.finishReason() == FinishReason.LENGTH;
        return byToken ? timeline.lastTokenNanos().orElse(endNanos) : endNanos;
    }

    private static OptionalLong since(OptionalLong time, long origin) {
        return time.isPresent() ? OptionalLong.of(time.getAsLong() - origin) : time;
    }

    private static OptionalLong meanGap(RequestTimeline timeline) {
        if (timeline.outputTokens() < 2 || timeline.firstTokenNanos().isEmpty() || timeline.lastTokenNanos().isEmpty()) {
            return OptionalLong.empty();
        }
        long span = timeline.lastTokenNanos().getAsLong() - timeline.firstTokenNanos().getAsLong();
        return OptionalLong.of(span / (timeline.outputTokens() - 1));
    }
}
