package dev.iterscope.samples.missioncontrol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.event.IterationDetails;
import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.ServingSchema;
import java.io.File;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.RunnableFuture;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.util.IPreferenceValueProvider;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;
import org.openjdk.jmc.flightrecorder.rules.IResult;
import org.openjdk.jmc.flightrecorder.rules.IRule;
import org.openjdk.jmc.flightrecorder.rules.ResultProvider;
import org.openjdk.jmc.flightrecorder.rules.RuleRegistry;
import org.openjdk.jmc.flightrecorder.rules.Severity;

/// The rules as Mission Control finds and evaluates them, over real recordings.
final class ServingRulesTest {

    private static final long SECOND = 1_000_000_000;

    @TempDir
    Path folder;

    @Test
    void findNothingToSayAboutAHealthyRun() throws Exception {
        IItemCollection events = recorded(100, 1000, 0, 0);

        assertThat(evaluate("iterscope.KvPressure", events).getSeverity()).isEqualTo(Severity.OK);
        assertThat(evaluate("iterscope.PreemptionThrash", events).getSeverity()).isEqualTo(Severity.OK);
        assertThat(evaluate("iterscope.IdleGaps", events).getSeverity()).isEqualTo(Severity.OK);
    }

    @Test
    void warnOfAFullCacheThatThrashesAndOfAnIdleDevice() throws Exception {
        IItemCollection events = recorded(990, 1000, 1, SECOND);

        IResult pressure = evaluate("iterscope.KvPressure", events);
        assertThat(pressure.getSeverity()).isEqualTo(Severity.WARNING);
        assertThat(pressure.getSummary()).contains("99.0 %");
        IResult thrash = evaluate("iterscope.PreemptionThrash", events);
        assertThat(thrash.getSeverity()).isEqualTo(Severity.WARNING);
        assertThat(thrash.getSummary()).isEqualTo("20 requests were preempted in 20 iterations.");
        assertThat(evaluate("iterscope.IdleGaps", events).getSeverity()).isEqualTo(Severity.WARNING);
    }

    private static IResult evaluate(String id, IItemCollection events) throws Exception {
        IRule rule = RuleRegistry.getRules().stream()
                .filter(candidate -> candidate.getId().equals(id))
                .findFirst()
                .orElseThrow();
        RunnableFuture<IResult> evaluation =
                rule.createEvaluation(events, IPreferenceValueProvider.DEFAULT_VALUES, new ResultProvider());
        evaluation.run();
        return Objects.requireNonNull(evaluation.get());
    }

    private IItemCollection recorded(int blocksUsed, int blocksTotal, int preemptions, long idleNanos) throws Exception {
        ServingSchema.registerAll();
        Path file = folder.resolve("run.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            IterationRecorder recorder = new IterationRecorder();
            IterationDetails details = new IterationDetails() {
                @Override
                public long idleBeforeNanos() {
                    return idleNanos;
                }
            };
            for (int step = 1; step <= 20; step++) {
                recorder.started();
                recorder.resultArrived();
                recorder.commit(new Step(step, blocksUsed, blocksTotal, preemptions), details);
            }
            recording.stop();
            recording.dump(file);
        }
        return JfrLoaderToolkit.loadEvents(new File(file.toString()));
    }

    private record Step(int iteration, int kvBlocksUsed, int kvBlocksTotal, int preemptions) implements IterationCounts {

        @Override
        public int contextRequests() {
            return 0;
        }

        @Override
        public int contextTokens() {
            return 0;
        }

        @Override
        public int generationRequests() {
            return 8;
        }

        @Override
        public int generationTokens() {
            return 8;
        }

        @Override
        public int kvTokensHeld() {
            return kvBlocksUsed;
        }

        @Override
        public int runningRequests() {
            return 8;
        }

        @Override
        public int waitingRequests() {
            return 0;
        }
    }
}
