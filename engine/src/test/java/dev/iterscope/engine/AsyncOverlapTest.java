package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// With asynchronous scheduling the engine plans a step while the one before executes, and events keep I11 nevertheless. No test here
/// looks at how long anything takes.
class AsyncOverlapTest {
    private static final int OUTPUT = 20;
    /// The prompt's step, and one for each further output token.
    private static final int STEPS = OUTPUT;

    @TempDir
    Path folder;

    /// The device does not end a step before the next one has been planned. An engine that plans only after the result would wait for
    /// ever; here it would be told after the timeout that it did.
    @Test
    void theNextStepIsPlannedWhileTheDeviceWorks() {
        Protocol protocol = new Protocol();
        StepTimes untilTheNextIsPlanned = new StepTimes() {
            @Override
            public long deviceNanos(StepPlan plan) {
                if (plan.iteration() < STEPS) {
                    protocol.awaitPlanned(plan.iteration() + 1);
                }
                return 1;
            }

            @Override
            public long hostNanos(StepPlan plan) {
                return 0;
            }
        };
        try (Engine engine = Engine.open(config(true).emulating(untilTheNextIsPlanned, 1))) {
            engine.run(requests(), OptionalInt.empty(), protocol);
        }
        assertThat(protocol.overdue).as("steps that ended before the next was planned").isEmpty();
        assertThat(protocol.timings).hasSize(STEPS);
    }

    /// On the CPU backend: a step is planned before the result of the one before is taken.
    @Test
    void theNextStepIsPlannedBeforeTheResultIsTaken() {
        assertThat(run(config(true)).order).startsWith("plan 1", "plan 2", "result 1", "plan 3", "result 2", "plan 4", "result 3")
                .endsWith("plan " + STEPS, "result " + (STEPS - 1), "result " + STEPS);
    }

    @Test
    void withoutAsynchronousSchedulingAPlanFollowsTheResult() {
        assertThat(run(config(false)).order).startsWith("plan 1", "result 1", "plan 2", "result 2", "plan 3", "result 3");
    }

    @ParameterizedTest(name = "async {0}")
    @ValueSource(booleans = {false, true})
    void i11OwnTimesAndIdleGapsOfARealRunAddUp(boolean async) throws IOException {
        Path file = folder.resolve("run.jfr");
        EngineConfig config = config(async);
        List<StepTiming> timings = run(config.withObservation(config.observation().recordingTo(file))).timings;

        assertThat(timings).hasSize(STEPS).extracting(StepTiming::inFlight).contains(async ? 2 : 1).doesNotContain(async ? 3 : 2);
        long sum = timings.stream().mapToLong(timing -> timing.ownNanos() + timing.idleBeforeNanos()).sum();
        assertThat(sum).isEqualTo(timings.getLast().resultNanos() - timings.getFirst().submitNanos());

        List<RecordedEvent> iterations = named(file, "iterscope.Iteration");
        List<RecordedEvent> details = named(file, "iterscope.IterationDetail");
        assertThat(iterations).hasSize(STEPS);
        assertThat(details).hasSize(STEPS);
        Instant end = iterations.getFirst().getStartTime();
        for (int i = 0; i < STEPS; i++) {
            assertThat(iterations.get(i).getStartTime()).as("start of iteration %d", i + 1).isAfterOrEqualTo(end);
            end = iterations.get(i).getEndTime();
            StepTiming timing = timings.get(i);
            assertThat(details.get(i).getInt("inFlight")).isEqualTo(timing.inFlight());
            assertThat(details.get(i).getDuration("submitToResult")).isEqualTo(Duration.ofNanos(timing.submitToResultNanos()));
            assertThat(details.get(i).getDuration("idleBefore")).isEqualTo(Duration.ofNanos(timing.idleBeforeNanos()));
        }
    }

    private static Protocol run(EngineConfig config) {
        Protocol protocol = new Protocol();
        try (Engine engine = Engine.open(config)) {
            engine.run(requests(), OptionalInt.empty(), protocol);
        }
        return protocol;
    }

    private static EngineConfig config(boolean async) {
        EngineConfig config = EngineConfig.defaults(EngineRecordingTest.MODEL).withMemoryBytes(64L << 20).withThreads(1);
        return config.withScheduler(config.scheduler().withAsyncScheduling(async));
    }

    private static List<Request> requests() {
        return List.of(
                Request.of("a", new Prompt.Seeded(40, 1), OUTPUT, 0),
                Request.of("b", new Prompt.Seeded(30, 2), OUTPUT, 0));
    }

    private static List<RecordedEvent> named(Path file, String name) throws IOException {
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .sorted((a, b) -> Long.compare(a.getLong("iteration"), b.getLong("iteration")))
                .toList();
    }

    /// What the engine thread did, in order.
    private static final class Protocol implements StepObserver {
        private final List<String> order = new ArrayList<>();
        private final List<StepTiming> timings = new ArrayList<>();
        private final Semaphore planned = new Semaphore(0);
        /// Written by the device's thread, read when the engine has been closed.
        private final List<Long> overdue = new ArrayList<>();
        private int seen;

        /// Waits until the plan with this number exists. Called for 2, 3, 4 and so on.
        void awaitPlanned(long iteration) {
            try {
                while (seen < iteration) {
                    if (!planned.tryAcquire(20, TimeUnit.SECONDS)) {
                        overdue.add(iteration);
                        return;
                    }
                    seen++;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void planned(StepPlan plan, long nowNanos) {
            order.add("plan " + plan.iteration());
            planned.release();
        }

        @Override
        public void resultReady(StepPlan plan, long nowNanos) {
            order.add("result " + plan.iteration());
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            timings.add(timing);
        }
    }
}
