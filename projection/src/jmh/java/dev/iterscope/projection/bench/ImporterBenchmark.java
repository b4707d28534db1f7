package dev.iterscope.projection.bench;

import dev.iterscope.projection.export.jfr.JfrWriter;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.steps.PackedSteps;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.Timing;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Reading logs and recordings and writing recordings, a million steps each; the score is steps a second.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 2, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class ImporterBenchmark {

    private static final int STEPS = 1_000_000;
    private static final int BLOCKS = 68_959;

    private Path folder = Path.of("");
    private Path log = Path.of("");
    private Path imported = Path.of("");
    private Path rich = Path.of("");
    private Recording recording = ServedSteps.recording(16);

    /// Writes the sources.
    @Setup
    public void prepare() throws IOException {
        folder = Files.createTempDirectory("iterscope-bench");
        log = folder.resolve("server.log");
        writeLog();
        imported = folder.resolve("imported.jfr");
        JfrWriter.write(Recordings.read(List.of(log)), imported);
        recording = rich();
        rich = folder.resolve("rich.jfr");
        JfrWriter.write(recording, rich);
    }

    /// Removes them.
    @TearDown
    public void remove() throws IOException {
        for (Path file : List.of(log, imported, rich, folder.resolve("written.jfr"))) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
    }

    /// Reads a log of iteration lines with the KV cache's blocks.
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public Recording readLog() {
        return Recordings.read(List.of(log));
    }

    /// Reads the recording that the log was imported to.
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public Recording readImportedJfr() {
        return Recordings.read(List.of(imported));
    }

    /// Reads a recording with an Iteration and an IterationDetail for each step.
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public Recording readRichJfr() {
        return Recordings.read(List.of(rich));
    }

    /// Writes such a recording: two events a step.
    @Benchmark
    @OperationsPerInvocation(2 * STEPS)
    public Path writeJfr() throws IOException {
        Path file = folder.resolve("written.jfr");
        JfrWriter.write(recording, file);
        return file;
    }

    /// Steps of which everything is known that our engine records.
    private static Recording rich() {
        Random random = new Random(2);
        List<Iteration> steps = new ArrayList<>(STEPS);
        IterationDraft draft = new IterationDraft();
        long now = 1_790_000_000_000_000_000L;
        for (int i = 0; i < STEPS; i++) {
            int tokens = random.nextInt(7) == 0 ? 200 + random.nextInt(7000) : 0;
            int generating = 50 + i / 100 % 50;
            long nanos = 9_000_000 + random.nextInt(1_000_000) + tokens * 35_000L;
            int used = 3500 + random.nextInt(500);
            draft.clear().number(i).startNanos(now).endNanos(now + nanos).elapsedNanos(nanos);
            draft.counts(tokens > 0 ? 1 : 0, tokens, generating, generating);
            draft.kvShare(used / (double) BLOCKS).kvBlocksUsed(used).kvBlocksTotal(BLOCKS).kvTokensHeld(used * 16L - 300);
            draft.runningRequests(generating).waitingRequests(random.nextInt(3)).preemptions(0);
            draft.detail().tokenBudget(8192).kvTokensAllocated(used * 16L).contextKvTokens(tokens / 2)
                    .contextAttentionPairs(tokens * (tokens + 1L) / 2.0).contextLengthVariance(tokens)
                    .generationKvTokens(used * 16L - 900).generationKvVariance(random.nextInt(100_000) / 7.0)
                    .maxKvLength(1100 + i % 100).queuedContextTokens(0).queuedKvTokens(0).recomputedTokens(0).prefixQueriedTokens(tokens)
                    .prefixHitTokens(0).encoderInputs(0).encoderTokens(0).draftTokens(0).acceptedTokens(0)
                    .paddedTokens(tokens + generating).graphMode(tokens > 0 ? "none" : "full").inFlight(2)
                    .scheduleNanos(20_000 + random.nextInt(9000)).submitToResultNanos(nanos + 50_000).resultWaitNanos(nanos - 90_000)
                    .updateNanos(15_000 + random.nextInt(9000)).idleBeforeNanos(0);
            steps.add(draft.build());
            now += nanos;
        }
        return new Recording("jfr", List.of("made.jfr"), Settings.UNKNOWN, List.of(), PackedSteps.of(steps), List.of(), List.of(),
                List.of(), List.of(), List.of(), new Timing(Timing.Basis.STEP, 1), List.of());
    }

    private void writeLog() throws IOException {
        Random random = new Random(1);
        double seconds = 3600;
        int used = 3500;
        try (BufferedWriter out = Files.newBufferedWriter(log)) {
            for (int i = 0; i < STEPS; i++) {
                int tokens = random.nextInt(7) == 0 ? 200 + random.nextInt(7000) : 0;
                double millis = 9 + random.nextInt(100) / 100.0 + tokens * 0.035;
                int generating = 50 + i / 100 % 50;
                used = Math.clamp(used + random.nextInt(-8, 9), 100, BLOCKS);
                seconds += millis / 1000;
                int second = (int) seconds;
                out.write("(EngineCore_DP0 pid=2010410) INFO 12-" + two(1 + second / 86_400) + " " + two(second / 3600 % 24) + ":"
                        + two(second / 60 % 60) + ":" + two(second % 60) + " [core.py:387] Iteration(" + i + "): "
                        + (tokens > 0 ? 1 : 0) + " context requests, " + tokens + " context tokens, " + generating
                        + " generation requests, " + generating + " generation tokens, iteration elapsed time: "
                        + String.format(Locale.ROOT, "%.2f", millis) + " ms, kv cache: "
                        + String.format(Locale.ROOT, "%.1f", 100.0 * used / BLOCKS) + "% (" + used + "/" + BLOCKS + " blocks, "
                        + 16 * used + " tokens)\n");
            }
        }
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : String.valueOf(number);
    }
}
