package dev.iterscope.profiler.event;

import dev.iterscope.profiler.DescribedEngine;
import dev.iterscope.profiler.TestCounts;
import dev.iterscope.profiler.recording.FlightRecording;
import dev.iterscope.profiler.recording.RecordingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// A real recording that holds an event of every type that an engine writes.
final class SchemaRecording {

    static final int STEPS = 30;

    private SchemaRecording() {}

    static Path write(Path file) throws IOException {
        try (FlightRecording _ = FlightRecording.start(file, new RecordingOptions(OptionalInt.of(1)));
                StaticEvents _ = DescribedEngine.publish()) {
            RequestEvents.arrived("first", 1024, 128, 0, "00ff 12ab");
            IterationRecorder recorder = new IterationRecorder();
            IterationDetails details = details();
            for (int step = 1; step <= STEPS; step++) {
                recorder.started();
                recorder.resultArrived();
                recorder.commit(step % 2 == 0 ? largest(step) : TestCounts.MIXED.withIteration(step), details);
            }
            RequestEvents.preempted("first", 3, 7, 100);
            RequestEvents.finished(new FinishedRequest(
                    "first",
                    1024,
                    512,
                    128,
                    1,
                    OptionalLong.of(1_000_000),
                    OptionalLong.of(30_000_000),
                    OptionalLong.empty(),
                    900_000_000,
                    "length"));
            new KernelRun(
                    "gemm_bf16",
                    "gemm",
                    0,
                    1,
                    KernelRun.Shape.gemm(512, 4096, 1024),
                    4.3e9,
                    9_437_184,
                    new KernelRun.Time(0, 0, 1000, 250_000))
                    .commit();
            new DeviceSample(
                    0,
                    OptionalLong.of(1_750_000_000),
                    OptionalLong.empty(),
                    OptionalDouble.of(650.5),
                    OptionalInt.of(63),
                    OptionalDouble.of(0.97),
                    "sw_power_cap")
                    .commit();
        }
        return file;
    }

    /// Figures as wide as those of a large server.
    private static TestCounts largest(int step) {
        return new TestCounts(step + 8_400_000, 128, 16384, 1024, 4096, 68000, 68959, 1_088_000, 1024, 25000, 100);
    }

    private static IterationDetails details() {
        return new IterationDetails() {
            @Override
            public double contextAttentionPairs() {
                return 1e9;
            }

            @Override
            public long submitToResultNanos() {
                return 12_345_678;
            }
        };
    }
}
