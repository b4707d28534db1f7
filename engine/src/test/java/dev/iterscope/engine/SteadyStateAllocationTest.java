package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTiming;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// What a step allocates once everything is compiled: the threads that execute it nothing at all, the engine's thread its plan and what
/// is told of it.
///
/// When the compilers have done their work depends on what else the machine does, so the law is about some window of steps: whatever
/// allocates in every step, or in every block of a sequence, leaves no window empty.
class SteadyStateAllocationTest {
    private static final String EXECUTING = "iterscope-cpu-";
    private static final int WINDOW = 50;
    private static final int WORKERS_AND_EXECUTOR = 2;

    @Test
    void decoding() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            requests.add(Request.of("r" + i, new Prompt.Seeded(20, i), 420, 0));
        }
        assertQuiet(requests, 64);
    }

    /// Two sequences generate while a long prompt is taken in by small chunks.
    @Test
    void mixed() {
        List<Request> requests = List.of(
                Request.of("g0", new Prompt.Seeded(5, 1), 420, 0),
                Request.of("g1", new Prompt.Seeded(5, 2), 420, 0),
                Request.of("long", new Prompt.Seeded(2520, 3), 8, 0));
        assertQuiet(requests, 8);
    }

    private static void assertQuiet(List<Request> requests, int budget) {
        EngineConfig config = EngineConfig.defaults(ModelPresets.TINY)
                .withScheduler(SchedulerConfig.of(budget, 8, 8192).withAsyncScheduling(true))
                .withMemoryBytes(512L << 20)
                .withThreads(2);
        Meter meter = new Meter();
        try (Engine engine = Engine.open(config)) {
            engine.run(requests, OptionalInt.empty(), meter);
        }
        assertThat(meter.executing).as("windows of %d steps", WINDOW).hasSizeGreaterThan(5);
        assertThat(meter.executing).as("bytes of the executing threads, by window").contains(0L);
        assertThat(meter.engine.getLast() / WINDOW)
                .as("bytes a step on the thread of the engine, in the last window")
                .isLessThan(2000);
    }

    /// Reads on the engine's thread what threads have allocated, after each window of steps.
    private static final class Meter implements StepObserver {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final List<Long> executing = new ArrayList<>();
        private final List<Long> engine = new ArrayList<>();
        private long[] ids = new long[0];
        private long executingBefore;
        private long engineBefore;

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            if (plan.iteration() % WINDOW != 0) {
                return;
            }
            if (ids.length == 0) {
                ids = Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith(EXECUTING))
                        .mapToLong(Thread::threadId)
                        .toArray();
                assertThat(ids).hasSize(WORKERS_AND_EXECUTOR);
            } else {
                executing.add(executing() - executingBefore);
                engine.add(threads.getCurrentThreadAllocatedBytes() - engineBefore);
            }
            executingBefore = executing();
            engineBefore = threads.getCurrentThreadAllocatedBytes();
        }

        private long executing() {
            long bytes = 0;
            for (long id : ids) {
                bytes += threads.getThreadAllocatedBytes(id);
            }
            return bytes;
        }
    }
}
