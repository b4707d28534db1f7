package dev.iterscope.profiler.bench;

import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.nvtx.IterationRanges;
import dev.iterscope.profiler.nvtx.NvtxTool;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Everything that one step costs the engine thread and the executing thread together: the pair of events and the
/// ranges. Started under an NVTX tool it measures with that tool, else without.
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class IterationCostBenchmark {

    /// Requests in the batch; the cost must not depend on it.
    @Param({"1", "1024"})
    int requests;

    /// Where the Flight Recorder records to. A benchmark commits millions of events per second, ten thousand times as
    /// many as an engine: to a disk it measures the disk.
    @Param({"NOWHERE", "MEMORY", "DISK"})
    Destination recording = Destination.NOWHERE;

    /// Where a recording goes.
    public enum Destination {
        /// Nothing records.
        NOWHERE,
        /// To a ring of buffers in memory.
        MEMORY,
        /// To chunk files, as `--record` does.
        DISK
    }

    private final IterationRecorder recorder = new IterationRecorder();
    private final IterationRanges ranges = IterationRanges.of(NvtxTool.system());
    private Step step = new Step(1);
    private @Nullable Recording running;

    /// Starts what the parameters say.
    @Setup
    public void start() {
        step = new Step(requests);
        if (recording != Destination.NOWHERE) {
            running = new Recording();
            running.setToDisk(recording == Destination.DISK);
            running.start();
        }
    }

    /// Stops it.
    @TearDown
    public void stop() {
        if (running != null) {
            running.close();
        }
    }

    /// One step.
    @Benchmark
    public void observe() {
        Step planned = step.next();
        ranges.push(planned);
        recorder.started();
        recorder.resultArrived();
        recorder.commit(planned, planned);
        ranges.pop();
    }
}
