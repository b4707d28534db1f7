package dev.iterscope.engine.bench;

import com.sun.management.ThreadMXBean;
import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// What a step costs beside its kernels: the time that the engine's thread plans and takes in the result, and the bytes that each thread
/// allocates; the tiny model decodes while 8 and 64 sequences run, several times in one JVM.
///
///     bin/bench engine -main dev.iterscope.engine.bench.StepCosts [RUNS]
public final class StepCosts {
    private static final int BUDGET = 64;
    private static final int FIRST = 200;
    private static final int LAST = 600;
    private static final int TOKENS = 650;
    private static final int MAX_LENGTH = 8192;

    private StepCosts() {}

    /// Prints a line for each number of sequences and run.
    public static void main(String[] arguments) {
        int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        for (int sequences : new int[] {8, BUDGET}) {
            EngineConfig config = EngineConfig.defaults(ModelPresets.TINY)
                    .withScheduler(SchedulerConfig.of(BUDGET, BUDGET, MAX_LENGTH).withAsyncScheduling(true))
                    .withThreads(2);
            try (Engine engine = Engine.open(config)) {
                for (int run = 1; run <= runs; run++) {
                    Costs costs = new Costs();
                    engine.run(requests(sequences, run), OptionalInt.empty(), costs);
                    costs.print(sequences, run);
                }
            }
        }
    }

    private static List<Request> requests(int sequences, int run) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < sequences; i++) {
            requests.add(Request.of("r" + i, new Prompt.Seeded(20, 1000L * run + i), TOKENS, 0));
        }
        return requests;
    }

    private static final class Costs implements StepObserver {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final long[] nanos = new long[LAST - FIRST];
        private long executing;
        private long engine;

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            int step = (int) plan.iteration();
            if (step == FIRST) {
                executing = executingBytes();
                engine = threads.getCurrentThreadAllocatedBytes();
            } else if (step > FIRST && step <= LAST) {
                nanos[step - FIRST - 1] = timing.scheduleNanos() + timing.updateNanos();
                if (step == LAST) {
                    engine = threads.getCurrentThreadAllocatedBytes() - engine;
                    executing = executingBytes() - executing;
                }
            }
        }

        private long executingBytes() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("iterscope-cpu-"))
                    .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.threadId()))
                    .sum();
        }

        void print(int sequences, int run) {
            Arrays.sort(nanos);
            int steps = nanos.length;
            System.out.printf(
                    Locale.ROOT,
                    "%d sequences, run %d, %d steps: plan and take in %.1f us (median), %.1f us (99 of 100); bytes a step: executing threads"
                            + " %.1f, engine's thread %.1f%n",
                    sequences,
                    run,
                    steps,
                    nanos[steps / 2] * 1e-3,
                    nanos[steps * 99 / 100] * 1e-3,
                    executing / (double) steps,
                    engine / (double) steps);
        }
    }
}
