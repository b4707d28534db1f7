package dev.iterscope.samples.recordings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.samples.architecture.ProjectRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Two runs of the engine under a real Nsight Systems, seen by both: what the NVTX ranges say is what the JFR events say.
class NsysRecordingsTest {

    private static final Path FOLDER = ProjectRoot.path().resolve("samples/recordings");

    /// What both recordings know of a step.
    private record Seen(
            OptionalLong number,
            List<Integer> batch,
            OptionalLong blocksUsed,
            OptionalLong blocksTotal,
            OptionalLong tokensHeld,
            OptionalLong running,
            OptionalLong waiting,
            OptionalLong preemptions) {

        static Seen of(Iteration step) {
            KvUsage kv = step.kv().orElseThrow();
            return new Seen(
                    step.number(),
                    List.of(step.contextRequests(), step.contextTokens(), step.generationRequests(), step.generationTokens()),
                    kv.blocksUsed(),
                    kv.blocksTotal(),
                    kv.tokensHeld(),
                    step.runningRequests(),
                    step.waitingRequests(),
                    step.preemptions());
        }
    }

    @Test
    void aWholeRunHasTheSameIterationsInBoth() {
        List<Seen> ranges = steps("nsys-whole.sqlite");

        assertThat(ranges).hasSize(90).isEqualTo(steps("nsys-whole.jfr"));
        assertThat(ranges).as("the run fills the KV cache").anySatisfy(
                step -> assertThat(step.blocksUsed()).isEqualTo(step.blocksTotal()));
        assertThat(ranges.stream().mapToLong(step -> step.preemptions().orElseThrow()).sum()).isEqualTo(6);
    }

    @Test
    void aCapturedWindowHasItsIterationsAndNoOthers() {
        List<Seen> ranges = steps("nsys-window.sqlite");

        assertThat(ranges).hasSize(21).isEqualTo(
                steps("nsys-window.jfr").stream().filter(step -> isIn(step.number(), 20, 40)).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsys-whole", "nsys-window"})
    void aStepIsExecutedBetweenItsSubmissionAndItsResult(String name) {
        List<Iteration> ranges = ordered(name + ".sqlite");
        List<Iteration> events = ordered(name + ".jfr");
        for (Iteration range : ranges) {
            Iteration event = events.stream().filter(step -> step.number().equals(range.number())).findFirst().orElseThrow();
            assertThat(range.ownNanos().orElseThrow()).as("iteration %s", range.number()).isPositive()
                    .isLessThanOrEqualTo(event.detail().orElseThrow().submitToResultNanos().orElseThrow());
        }
    }

    /// The marks carry used blocks and the tokens in them, and no block size.
    @ParameterizedTest
    @ValueSource(strings = {"nsys-whole", "nsys-window"})
    void theMarksTellTheBlockSize(String name) {
        Settings settings = Recordings.read(List.of(FOLDER.resolve(name + ".sqlite"))).settings();

        assertThat(settings.blockSize()).hasValue(16);
        assertThat(settings.kvCapacityTokens()).hasValue(59 * 16);
    }

    static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().matches(".*\\.(sqlite|jfr)")).toList().stream();
        }
    }

    /// Such files hold the environment, the host and every path of a machine unless they are scrubbed.
    @ParameterizedTest
    @MethodSource("files")
    void theFilesSayNothingOfTheMachineThatMadeThem(Path file) throws IOException {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);

        assertThat(content).doesNotContain("/home", "/root", "/tmp", "/usr", "/work", "PATH=", "HOME=", "USER=", "HOSTNAME", ".jar");
    }

    private static boolean isIn(OptionalLong number, long first, long last) {
        return number.orElseThrow() >= first && number.orElseThrow() <= last;
    }

    private static List<Seen> steps(String name) {
        return ordered(name).stream().map(Seen::of).toList();
    }

    private static List<Iteration> ordered(String name) {
        Recording recording = Recordings.read(List.of(FOLDER.resolve(name)));
        return recording.iterations().stream()
                .sorted(Comparator.comparingLong(step -> step.number().orElseThrow()))
                .toList();
    }
}
