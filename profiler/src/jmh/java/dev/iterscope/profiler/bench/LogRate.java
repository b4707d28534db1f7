package dev.iterscope.profiler.bench;

import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.profiler.live.LiveConsumer;
import dev.iterscope.profiler.live.LiveEvents;
import dev.iterscope.profiler.live.LiveIteration;
import dev.iterscope.profiler.log.IterationLog;
import dev.iterscope.profiler.log.IterationLogForm;
import dev.iterscope.profiler.log.LogPrefix;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// How many iterations a second the log of iterations takes without leaving any out: steps are committed at a steady rate, as an
/// engine would, and the lines that came of them are counted.
///
///     bin/bench profiler -main dev.iterscope.profiler.bench.LogRate [SECONDS [RATE...]]
public final class LogRate {
    private static final double DEFAULT_SECONDS = 20;
    private static final double[] DEFAULT_RATES = {100_000, 150_000, 200_000};
    private static final double[] WARM_UP_RATES = {20_000, 100_000};
    private static final double WARM_UP_SECONDS = 5;
    private static final Duration SLICE = Duration.ofMillis(1);
    private static final int REQUESTS = 50;

    private LogRate() {}

    /// Prints a line per rate.
    ///
    /// @param arguments seconds per rate, then rates in iterations per second
    public static void main(String[] arguments) throws IOException {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : DEFAULT_SECONDS;
        double[] rates = arguments.length > 1
                ? Stream.of(arguments).skip(1).mapToDouble(Double::parseDouble).toArray()
                : DEFAULT_RATES;
        ServingSchema.registerAll();
        for (double rate : WARM_UP_RATES) {
            run(rate, WARM_UP_SECONDS);
        }
        System.out.printf("JDK %s, %.0f s each%n", Runtime.version(), seconds);
        for (double rate : rates) {
            System.out.println(run(rate, seconds));
        }
    }

    private static String run(double rate, double seconds) throws IOException {
        Path file = Files.createTempFile("iterations", ".log");
        Lag lag = new Lag();
        long steps;
        double elapsed;
        try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(file))) {
            IterationLog log = new IterationLog(IterationLogForm.KV, LogPrefix.ofThisProcess(), writer::println);
            long start = System.nanoTime();
            try (LiveEvents _ = LiveEvents.start(List.of(log, lag))) {
                steps = produce(rate, seconds);
                elapsed = (System.nanoTime() - start) * 1e-9;
            }
        }
        try (Stream<String> lines = Files.lines(file)) {
            long[] counts = new long[3];
            lines.forEach(line -> counts[line.contains(" Iteration(") ? 0 : line.contains("left out") ? 1 : 2]++);
            return String.format(
                    Locale.ROOT,
                    "asked %.0f/s, committed %d (%.0f/s): %d lines, %d notes of lines left out, %d notes of events lost, most lag %.2f s",
                    rate,
                    steps,
                    steps / elapsed,
                    counts[0],
                    counts[1],
                    counts[2],
                    lag.most.toNanos() * 1e-9);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            Files.delete(file);
        }
    }

    /// The engine's part.
    private static long produce(double rate, double seconds) {
        IterationRecorder recorder = new IterationRecorder();
        Step step = new Step(REQUESTS);
        long steps = 0;
        long start = System.nanoTime();
        long end = start + Math.round(seconds * 1e9);
        for (long now = start; now < end; now = System.nanoTime()) {
            long due = Math.round((now - start) * 1e-9 * rate);
            for (; steps < due; steps++) {
                Step planned = step.next();
                recorder.started();
                recorder.resultArrived();
                recorder.commit(planned, planned);
            }
            LockSupport.parkNanos(SLICE.toNanos());
        }
        return steps;
    }

    /// How far the consumers were behind the engine at most.
    private static final class Lag implements LiveConsumer {
        private static final int EVERY = 1000;
        private Duration most = Duration.ZERO;

        @Override
        public void iteration(LiveIteration iteration) {
            if (iteration.iteration() % EVERY == 0) {
                Duration lag = Duration.between(iteration.end(), Instant.now());
                most = lag.compareTo(most) > 0 ? lag : most;
            }
        }
    }
}
