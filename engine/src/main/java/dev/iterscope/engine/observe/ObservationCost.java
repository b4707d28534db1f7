package dev.iterscope.engine.observe;

import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.event.IterationDetails;
import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.profiler.nvtx.IterationRanges;
import dev.iterscope.profiler.nvtx.NvtxTool;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/// What observing costs on this machine, by trying it: nanoseconds per iteration, the best of some rounds, since what disturbs a
/// measurement only ever adds.
///
/// @param idleEventNanos   the pair of events of an iteration while nothing records; empty where something does
/// @param eventNanos       the same while a recording runs; empty where the JVM has no Flight Recorder
/// @param rangeNanos       an iteration's NVTX ranges, with the tool that is attached or without one
public record ObservationCost(OptionalDouble idleEventNanos, OptionalDouble eventNanos, double rangeNanos) {
    private static final int ROUNDS = 12;
    private static final int PER_ROUND = 5_000;

    /// Measures; takes a fraction of a second. Starts and drops a recording of its own; one that runs already gets the trial's events
    /// too.
    public static ObservationCost measure() {
        IterationRecorder recorder = new IterationRecorder();
        Example example = new Example();
        IntConsumer event = i -> {
            example.iteration = i;
            recorder.started();
            recorder.resultArrived();
            recorder.commit(example, example);
        };
        OptionalDouble idle = recorder.isRecording() ? OptionalDouble.empty() : OptionalDouble.of(nanosPerCall(event));
        OptionalDouble recording =
                FlightRecorder.isAvailable() ? OptionalDouble.of(whileRecording(event)) : OptionalDouble.empty();
        IterationRanges ranges = IterationRanges.of(NvtxTool.system());
        double range = nanosPerCall(i -> {
            example.iteration = i;
            ranges.push(example);
            ranges.pop();
        });
        return new ObservationCost(idle, recording, range);
    }

    private static double whileRecording(IntConsumer event) {
        ServingSchema.registerAll();
        try (Recording recording = new Recording()) {
            ServingSchema.types().forEach(recording::enable);
            recording.start();
            return nanosPerCall(event);
        }
    }

    private static double nanosPerCall(IntConsumer call) {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < PER_ROUND; i++) {
                call.accept(i);
            }
            best = Math.min(best, (System.nanoTime() - start) / (double) PER_ROUND);
        }
        return best;
    }

    /// A step like many others.
    private static final class Example implements IterationCounts, IterationDetails {
        private int iteration;

        @Override
        public int iteration() {
            return iteration;
        }

        @Override
        public int contextRequests() {
            return 1;
        }

        @Override
        public int contextTokens() {
            return 462;
        }

        @Override
        public int generationRequests() {
            return 50;
        }

        @Override
        public int generationTokens() {
            return 50;
        }

        @Override
        public int kvBlocksUsed() {
            return 3500;
        }

        @Override
        public int kvBlocksTotal() {
            return 68959;
        }

        @Override
        public int kvTokensHeld() {
            return 54210;
        }

        @Override
        public int runningRequests() {
            return 51;
        }

        @Override
        public int waitingRequests() {
            return 3;
        }

        @Override
        public int preemptions() {
            return 0;
        }
    }
}
