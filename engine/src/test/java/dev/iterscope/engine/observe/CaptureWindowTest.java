package dev.iterscope.engine.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepClock;
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.WorkloadArrivals;
import dev.iterscope.profiler.nvtx.CaptureRange;
import dev.iterscope.profiler.nvtx.NvtxTool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// The profiler's window lies around the steps asked for: from before the launch of the first to the result of the last.
class CaptureWindowTest {

    @Test
    void opensBeforeTheFirstStepAndClosesAfterTheResultOfTheLast() {
        assertThat(serve(2, 3, false)).containsExactly(
                "submit 1", "await 1", "start", "submit 2", "await 2", "submit 3", "await 3", "stop", "submit 4", "await 4", "close");
    }

    @Test
    void withTwoStepsInFlightTheStepBehindIsUnderWay() {
        assertThat(serve(2, 2, true)).containsSubsequence("submit 1", "start", "submit 2", "await 1", "submit 3", "await 2", "stop");
    }

    @Test
    void aRunThatEndsInTheWindowClosesIt() {
        assertThat(serve(3, 99, false)).endsWith("start", "submit 3", "await 3", "submit 4", "await 4", "close", "stop");
    }

    @Test
    void aWindowBehindTheEndIsNeverOpened() {
        assertThat(serve(50, 60, false)).doesNotContain("start", "stop");
    }

    /// One request that takes four steps.
    private static List<String> serve(long first, long last, boolean async) {
        Log log = new Log();
        SchedulerConfig scheduling = SchedulerConfig.of(64, 4, 128).withAsyncScheduling(async);
        List<Request> requests = List.of(Request.of("a", new Prompt.Seeded(20, 1), 4, 0));
        try (CaptureWindow window = new CaptureWindow(log, CaptureRange.of(NvtxTool.none()), first, last)) {
            new StepLoop(
                    new Scheduler(scheduling, KvCacheConfig.of(16, 20, false)),
                    window,
                    new Turns(),
                    new WorkloadArrivals(requests, OptionalInt.empty()),
                    StepObserver.NONE)
                    .run();
            log.calls.add("close");
        }
        return log.calls;
    }

    /// A backend that keeps what it is asked.
    private static final class Log implements Backend {
        private final List<String> calls = new ArrayList<>();
        private final Deque<StepPlan> inFlight = new ArrayDeque<>();

        @Override
        public void submit(StepPlan plan) {
            calls.add("submit " + plan.iteration());
            inFlight.add(plan);
        }

        @Override
        public StepOutcome awaitOldest() {
            StepPlan plan = inFlight.remove();
            calls.add("await " + plan.iteration());
            return new StepOutcome() {
                @Override
                public int tokenCount(int entry) {
                    return plan.samples(entry) ? 1 : 0;
                }

                @Override
                public int token(int entry, int k) {
                    return 1;
                }
            };
        }

        @Override
        public void profilerStart() {
            calls.add("start");
        }

        @Override
        public void profilerStop() {
            calls.add("stop");
        }

        @Override
        public void warmUp() {}

        @Override
        public DeviceInfo device() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }

    private static final class Turns implements StepClock {
        private long now;

        @Override
        public long nanos() {
            return now++;
        }

        @Override
        public void waitUntil(long nanos) {
            now = Math.max(now, nanos);
        }
    }
}
