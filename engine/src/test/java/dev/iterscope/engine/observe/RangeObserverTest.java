package dev.iterscope.engine.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.kvcache.KvCacheConfig.FreeOrder;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.profiler.nvtx.NvtxTool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// When the capture window opens and closes. What a tool sees of it is tested with the ranges themselves.
class RangeObserverTest {
    private final List<String> calls = new ArrayList<>();

    @Test
    void theBackendsProfilerRunsAroundTheWindowsSteps() {
        RangeObserver observer = observer(2, 3);

        run(observer, 5);

        assertThat(calls).containsExactly("step 1", "start", "step 2", "step 3", "stop", "step 4", "step 5");
    }

    @Test
    void aRunThatEndsWithinTheWindowClosesIt() {
        RangeObserver observer = observer(2, 100);

        run(observer, 3);
        observer.endCapture();
        observer.endCapture();

        assertThat(calls).containsExactly("step 1", "start", "step 2", "step 3", "stop");
    }

    @Test
    void aWindowThatIsNeverReachedIsNeverOpened() {
        RangeObserver observer = observer(7, 8);

        run(observer, 3);
        observer.endCapture();

        assertThat(calls).containsExactly("step 1", "step 2", "step 3");
    }

    private RangeObserver observer(long first, long last) {
        RangeObserver observer =
                RangeObserver.of(NvtxTool.none(), true, Optional.of(new RangeObserver.Window(first, last)));
        observer.captureWith(new ProfiledBackend());
        return observer;
    }

    private void run(RangeObserver observer, int steps) {
        Scheduler scheduler = new Scheduler(
                SchedulerConfig.of(64, 4, 256), new KvCacheConfig(16, 32, false, FreeOrder.APPEND_ALL));
        scheduler.add(Request.of("a", new Prompt.Seeded(20, 1), steps, 0));
        for (int step = 1; step <= steps; step++) {
            StepPlan plan = scheduler.plan();
            observer.begin(plan);
            observer.layer(0);
            observer.layersDone();
            calls.add("step " + plan.iteration());
            observer.end(plan);
            scheduler.complete(plan, new OneToken());
        }
    }

    private record OneToken() implements StepOutcome {
        @Override
        public int tokenCount(int entry) {
            return 1;
        }

        @Override
        public int token(int entry, int k) {
            return 1;
        }
    }

    private final class ProfiledBackend implements Backend {
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
            throw new AssertionError("nobody asks");
        }

        @Override
        public void submit(StepPlan plan) {}

        @Override
        public StepOutcome awaitOldest() {
            throw new AssertionError("nobody asks");
        }

        @Override
        public void close() {}
    }
}
