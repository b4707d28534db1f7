package dev.iterscope.projection.importer.jfr;

import dev.iterscope.profiler.event.FinishedRequest;
import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.event.IterationDetails;
import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.RequestEvents;
import dev.iterscope.profiler.event.ServingSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Random;
import jdk.jfr.Recording;

/// Real recordings, written by the profiler and the JDK's Flight Recorder.
public final class EngineRecording {

    private EngineRecording() {}

    /// Records steps with random counts, some requests, and a garbage collection.
    ///
    /// @param iterations how many steps
    /// @param chunks     into how many chunks they go
    public static Path write(Path file, int iterations, int chunks, long seed) throws IOException {
        ServingSchema.registerAll();
        Random random = new Random(seed);
        try (Recording recording = new Recording()) {
            recording.enable("jdk.GCPhasePause").withoutThreshold();
            recording.start();
            IterationRecorder recorder = new IterationRecorder();
            RequestEvents.arrived("a", 100, 8, 0, "00ff 1234");
            for (int i = 0; i < iterations; i++) {
                recorder.started();
                recorder.resultArrived();
                recorder.commit(new Counts(i, random.nextInt(1, 1000)), new Details(random.nextInt(2048)));
                if (chunks > 1 && i % (iterations / chunks) == iterations / chunks - 1) {
                    rotate();
                }
            }
            RequestEvents.preempted("a", 3, 4, 60);
            RequestEvents.finished(new FinishedRequest(
                    "a", 100, 16, 8, 1, OptionalLong.of(5), OptionalLong.of(70), OptionalLong.empty(), 100, "length"));
            recording.stop();
            recording.dump(file);
        }
        return file;
    }

    /// A new recording starts a new chunk in all that run.
    private static void rotate() {
        try (Recording other = new Recording()) {
            other.start();
        }
    }

    /// Counts that follow from one number.
    private record Counts(int iteration, int contextTokens) implements IterationCounts {
        @Override
        public int contextRequests() {
            return 1 + contextTokens % 3;
        }

        @Override
        public int generationRequests() {
            return contextTokens % 7;
        }

        @Override
        public int generationTokens() {
            return contextTokens % 7;
        }

        @Override
        public int kvBlocksUsed() {
            return contextTokens / 16;
        }

        @Override
        public int kvBlocksTotal() {
            return 999;
        }

        @Override
        public int kvTokensHeld() {
            return contextTokens;
        }

        @Override
        public int runningRequests() {
            return 9;
        }

        @Override
        public int waitingRequests() {
            return iteration % 5;
        }

        @Override
        public int preemptions() {
            return iteration % 11 == 0 ? 1 : 0;
        }
    }

    /// Details that follow from one number; what is not overridden is unknown.
    private record Details(int maxKvLength) implements IterationDetails {
        @Override
        public int tokenBudget() {
            return 2048;
        }

        @Override
        public double contextAttentionPairs() {
            return maxKvLength * 1.5;
        }

        @Override
        public String graphMode() {
            return maxKvLength % 2 == 0 ? "FULL" : "NONE";
        }

        @Override
        public long idleBeforeNanos() {
            return 0;
        }
    }
}
