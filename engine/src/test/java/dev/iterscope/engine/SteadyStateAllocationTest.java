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
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What a step allocates once everything is compiled: the threads that execute it nothing, the engine's thread the plan.
class SteadyStateAllocationTest {
    private static final String EXECUTING = "iterscope-cpu-";

    @Test
    void decoding() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            requests.add(Request.of("r" + i, new Prompt.Seeded(20, i), 700, 0));
        }
        assertQuiet(requests, 64, 200, 600);
    }

    /// Two sequences generate while a long prompt is taken in by small chunks.
    @Test
    void mixed() {
        List<Request> requests = List.of(
                Request.of("g0", new Prompt.Seeded(5, 1), 700, 0),
                Request.of("g1", new Prompt.Seeded(5, 2), 700, 0),
                Request.of("long", new Prompt.Seeded(4000, 3), 8, 0));
        assertQuiet(requests, 8, 200, 600);
    }

    private static void assertQuiet(List<Request> requests, int budget, int first, int last) {
        EngineConfig config = EngineConfig.defaults(ModelPresets.TINY)
                .withScheduler(SchedulerConfig.of(budget, 8, 8192).withAsyncScheduling(true))
                .withMemoryBytes(512L << 20)
                .withThreads(2);
        Meter meter = new Meter(first, last);
        try (Engine engine = Engine.open(config)) {
            engine.run(requests, OptionalInt.empty(), meter);
        }
        int steps = last - first;
        assertThat(meter.executing).as("executing threads: %s", meter.byThread).isLessThan(steps);
        assertThat(meter.engine / steps).as("bytes a step on the engine's thread").isLessThan(2000);
    }

    /// Reads on the engine's thread what threads have allocated, at the end of two steps.
    private static final class Meter implements StepObserver {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final int first;
        private final int last;
        private final Map<String, Long> byThread = new TreeMap<>();
        private long executing;
        private long engine;

        Meter(int first, int last) {
            this.first = first;
            this.last = last;
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            if (plan.iteration() == first) {
                read(-1);
                engine = threads.getCurrentThreadAllocatedBytes();
            } else if (plan.iteration() == last) {
                engine = threads.getCurrentThreadAllocatedBytes() - engine;
                read(1);
                executing = byThread.values().stream().mapToLong(Long::longValue).sum();
            }
        }

        private void read(int sign) {
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (thread.getName().startsWith(EXECUTING)) {
                    byThread.merge(thread.getName(), sign * threads.getThreadAllocatedBytes(thread.threadId()), Long::sum);
                }
            }
        }
    }
}
