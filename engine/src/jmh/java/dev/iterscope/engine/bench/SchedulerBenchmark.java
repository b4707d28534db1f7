package dev.iterscope.engine.bench;

import dev.iterscope.engine.schedule.StepPlan;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One step of the scheduler, `plan` and `complete` together, under a load that goes on for ever. Many short iterations: those in
/// which nothing else took the core tell the cost, whatever the machine does besides.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 50, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 2, jvmArgsAppend = {"-XX:+UseParallelGC", "-XX:MaxNewSize=256m", "-XX:+UseTransparentHugePages"})
public class SchedulerBenchmark {

    /// What the steps are made of.
    @Param({"DECODE", "FULL", "MIXED", "PRESSURE"})
    Load.Kind kind;

    /// Sequences that run.
    @Param({"16", "64", "256", "1024"})
    int running;

    /// Requests that always wait; the cost must not depend on it.
    @Param("100")
    int waiting;

    /// Blocks of the pool, as a multiple of those that are needed; the cost must not depend on it.
    @Param("1")
    int poolFactor;

    /// Whether blocks are hashed and found again.
    @Param("true")
    boolean caching;

    /// Whether a second step is planned while the first is in flight.
    @Param("false")
    boolean async;

    private Load load = new Load(Load.Kind.DECODE, 1, 0, 1, false, false);

    /// Starts the load.
    @Setup
    public void start() {
        load = new Load(kind, running, waiting, poolFactor, caching, async);
    }

    /// Says what was measured.
    @TearDown
    public void summarize() {
        System.out.print(load.summary() + " ");
    }

    /// One step.
    @Benchmark
    public StepPlan step() {
        return load.step();
    }
}
