package dev.iterscope.projection.bench;

import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.recording.Recording;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Fitting a recording that is in memory, choice of the shape and intervals of the terms included. Single shots: the first one, cold, is
/// what a command pays.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 0)
@Measurement(iterations = 3)
public class RecordingFitBenchmark {
    /// Recorded steps.
    @Param({"10000", "100000"})
    private int steps = 10_000;

    private Recording recording = ServedSteps.recording(16);

    /// Makes the recording.
    @Setup
    public void prepare() {
        recording = ServedSteps.recording(steps);
    }

    /// One fit.
    @Benchmark
    public IterationFit fit() {
        return IterationModels.fit(recording, IterationOptions.DEFAULTS);
    }
}
