package dev.iterscope.profiler.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.logging.FileHandler;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// For scale: the same facts as a line of text, made and logged by the thread that computes.
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class LogOnTheEngineThreadBenchmark {

    private final Logger logger = Logger.getLogger("dev.iterscope.profiler.bench");
    private final Step step = new Step(64);
    private @Nullable FileHandler handler;
    private Path file = Path.of("");

    /// Opens the log file.
    @Setup
    public void open() throws IOException {
        file = Files.createTempFile("iterations", ".log");
        handler = new FileHandler(file.toString());
        handler.setFormatter(new SimpleFormatter());
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
    }

    /// Removes it.
    @TearDown
    public void close() throws IOException {
        if (handler != null) {
            handler.close();
        }
        Files.deleteIfExists(file);
    }

    /// The text alone.
    @Benchmark
    public String format() {
        return line(step.next());
    }

    /// The text, written to a file.
    @Benchmark
    public void formatAndLog() {
        logger.info(line(step.next()));
    }

    private static String line(Step step) {
        return String.format(
                Locale.ROOT,
                "Iteration(%d): %d context requests, %d context tokens, %d generation requests, %d generation tokens, "
                        + "iteration elapsed time: %.2f ms, kv cache: %.1f%% (%d/%d blocks, %d tokens)",
                step.iteration(),
                step.contextRequests(),
                step.contextTokens(),
                step.generationRequests(),
                step.generationTokens(),
                10.25,
                100 * step.kvUsage(),
                step.kvBlocksUsed(),
                step.kvBlocksTotal(),
                step.kvTokensAllocated());
    }
}
