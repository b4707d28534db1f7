package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Our engine's own log and its own `.jfr` of one run give the same iterations.
class OwnLogTest {

    /// The log prints hundredths of a millisecond, half rounded up.
    private static final long LOG_UNIT_NANOS = 10_000;
    private static final long SECOND_NANOS = 1_000_000_000;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"plain, --async-scheduling", "plain, --no-async-scheduling", "kv, --async-scheduling", "frontend, --no-async-scheduling"})
    void ownLogAndOwnRecordingHoldTheSameIterations(String form, String scheduling) throws IOException {
        Path jfr = folder.resolve("run.jfr");
        Cli run = Cli.run("run", "--num-prompts", "12", "--random-input-len", "200", "--random-range-ratio", "0.6", "--random-output-len",
                "12", "--max-num-batched-tokens", "96", "--max-num-seqs", "6", "--num-gpu-blocks-override", "60", "--memory", "512MiB",
                scheduling, "--log-iterations=" + form, "--record", jfr.toString());
        assertThat(run.code()).as(run.err()).isZero();
        // What a terminal shows: the log among the other messages of the run.
        Path log = Files.writeString(folder.resolve("run.log"), run.err());

        Recording recorded = Recordings.read(List.of(jfr));
        Recording logged = Recordings.read(List.of(log));

        assertThat(logged.source()).isEqualTo("vllm-log");
        assertThat(recorded.iterations()).hasSizeGreaterThan(12);
        assertThat(logged.iterations().stream().map(OwnLogTest::counts).toList())
                .isEqualTo(recorded.iterations().stream().map(OwnLogTest::counts).toList());
        for (int i = 0; i < recorded.iterations().size(); i++) {
            Iteration own = recorded.iterations().get(i);
            Iteration line = logged.iterations().get(i);
            assertThat(line.elapsedNanos()).as("time of %s", own.number()).hasValue(
                    (own.elapsedNanos().orElseThrow() + LOG_UNIT_NANOS / 2) / LOG_UNIT_NANOS * LOG_UNIT_NANOS);
            sameKv(form, own, line);
        }
        sameClock(recorded.iterations(), logged.iterations());
        // Both together are the run that each of them recorded.
        List<Iteration> both = Recordings.read(List.of(jfr, log)).iterations();
        for (int i = 0; i < recorded.iterations().size(); i++) {
            assertThat(both.get(i)).isEqualTo(recorded.iterations().get(i));
        }
        assertThat(both).hasSameSizeAs(recorded.iterations());
        assertThat(logged.settings().kvBlocks().isPresent()).isEqualTo(form.equals("kv"));
    }

    /// What every form of the line says exactly.
    private static List<Object> counts(Iteration step) {
        return List.of(step.engine(), step.number(), step.contextRequests(), step.contextTokens(), step.generationRequests(),
                step.generationTokens(), step.isDummy());
    }

    private static void sameKv(String form, Iteration own, Iteration line) {
        KvUsage known = own.kv().orElseThrow();
        switch (form) {
            case "plain" -> assertThat(line.kv()).isEmpty();
            case "kv" -> {
                KvUsage said = line.kv().orElseThrow();
                assertThat(said.blocksUsed()).isEqualTo(known.blocksUsed());
                assertThat(said.blocksTotal()).isEqualTo(known.blocksTotal());
                assertThat(line.detail().map(IterationDetail::kvTokensAllocated))
                        .isEqualTo(own.detail().map(IterationDetail::kvTokensAllocated));
            }
            default -> assertThat(Math.round(line.kv().orElseThrow().share().orElseThrow() * 1000))
                    .isCloseTo(Math.round(known.share().orElseThrow() * 1000), within(1L));
        }
    }

    /// The log counts from a midnight and in whole seconds, the recording from the epoch: one shift makes them equal.
    private static void sameClock(List<Iteration> own, List<Iteration> lines) {
        long least = Long.MAX_VALUE;
        long most = Long.MIN_VALUE;
        for (int i = 0; i < own.size(); i++) {
            OptionalLong end = lines.get(i).endNanos();
            long shift = own.get(i).endNanos().orElseThrow() - end.orElseThrow();
            least = Math.min(least, shift);
            most = Math.max(most, shift);
        }
        assertThat(most - least).isLessThan(SECOND_NANOS);
    }
}
