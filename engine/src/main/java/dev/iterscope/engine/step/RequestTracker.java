package dev.iterscope.engine.step;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// Follows every request from arrival to end and hands out its [RequestTimeline] then; hands out the gaps between the tokens of a
/// request as they come. Keeps times in arrays by [Sequence#number()], so that a step costs a few array accesses per request.
///
/// A token is there when its step's result is there.
public final class RequestTracker implements StepObserver {
    /// Times per sequence: first schedule, first token, last token.
    private static final int STRIDE = 3;

    private static final int SCHEDULED = 0;
    private static final int FIRST_TOKEN = 1;
    private static final int LAST_TOKEN = 2;

    private final Consumer<RequestTimeline> timelines;
    private final LongConsumer gaps;
    private long[] nanos = new long[STRIDE * 64];
    /// Output tokens seen per sequence, and whether it was scheduled: -1 before.
    private int[] seen = new int[64];

    /// A tracker without requests.
    ///
    /// @param timelines is given each request's timeline at its end, also when it was rejected
    /// @param gaps      is given the nanoseconds from one step that yielded tokens of a request to the next
    public RequestTracker(Consumer<RequestTimeline> timelines, LongConsumer gaps) {
        this.timelines = timelines;
        this.gaps = gaps;
        Arrays.fill(seen, -1);
    }

    @Override
    public void rejected(Request request, String reason, long nowNanos) {
        timelines.accept(new RequestTimeline(
                request.id(),
                request.promptTokens(),
                0,
                0,
                0,
                request.arrivalNanos(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                FinishReason.REJECTED));
    }

    @Override
    public void planned(StepPlan plan, long nowNanos) {
        if (plan.counts().contextRequests() == 0) {
            return;
        }
        for (int i = 0; i < plan.size(); i++) {
            if (plan.isNew(i)) {
                int number = plan.sequence(i).number();
                ensure(number);
                seen[number] = 0;
                nanos[STRIDE * number + SCHEDULED] = nowNanos;
            }
        }
    }

    @Override
    public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
        long now = timing.resultNanos();
        int entries = plan.size();
        for (int i = 0; i < entries; i++) {
            Sequence sequence = plan.sequence(i);
            int number = sequence.number();
            int before = seen[number];
            int tokens = sequence.outputTokens();
            if (tokens == before) {
                continue;
            }
            seen[number] = tokens;
            int at = STRIDE * number;
            if (before == 0) {
                nanos[at + FIRST_TOKEN] = now;
            } else {
                gaps.accept(now - nanos[at + LAST_TOKEN]);
            }
            nanos[at + LAST_TOKEN] = now;
        }
    }

    @Override
    public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
        int number = sequence.number();
        ensure(number);
        int at = STRIDE * number;
        boolean scheduled = seen[number] >= 0;
        boolean yielded = seen[number] > 0;
        timelines.accept(new RequestTimeline(
                sequence.request().id(),
                sequence.request().promptTokens(),
                sequence.cachedTokens(),
                sequence.outputTokens(),
                sequence.preemptions(),
                sequence.request().arrivalNanos(),
                scheduled ? OptionalLong.of(nanos[at + SCHEDULED]) : OptionalLong.empty(),
                yielded ? OptionalLong.of(nanos[at + FIRST_TOKEN]) : OptionalLong.empty(),
                yielded ? OptionalLong.of(nanos[at + LAST_TOKEN]) : OptionalLong.empty(),
                reason));
    }

    private void ensure(int number) {
        if (number >= seen.length) {
            int old = seen.length;
            int capacity = Math.max(number + 1, 2 * old);
            seen = Arrays.copyOf(seen, capacity);
            Arrays.fill(seen, old, capacity, -1);
            nanos = Arrays.copyOf(nanos, STRIDE * capacity);
        }
    }
}
