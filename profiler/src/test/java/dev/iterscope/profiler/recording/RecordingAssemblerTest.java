package dev.iterscope.profiler.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.profiler.event.RequestArrivalEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordingAssemblerTest {

    /// Long enough for the first flush, which comes after a second, and the class loading before it.
    private static final Duration RUN = Duration.ofMillis(2500);

    @TempDir
    Path folder;

    @Test
    void savesWhatAKilledProcessHadRecordedUpToASecondBefore() throws Exception {
        Path file = folder.resolve("run.jfr");
        Instant killed = killAfter(start(file), RUN);

        assertThat(file).doesNotExist();
        RecordingAssembler.Assembled assembled =
                RecordingAssembler.assemble(folder.resolve("run.jfr.unfinished"), file);

        assertThat(assembled.chunks()).isPositive();
        assertThat(assembled.bytes()).isEqualTo(Files.size(file));
        List<RecordedEvent> arrivals = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(RequestArrivalEvent.NAME))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
        assertThat(arrivals)
                .extracting(event -> event.getString("id"))
                .as("every event before the last flush, none lost")
                .isNotEmpty()
                .containsExactlyElementsOf(IntStream.range(0, arrivals.size()).mapToObj(i -> "r" + i).toList());
        assertThat(arrivals.getLast().getStartTime()).isBefore(killed);
    }

    @Test
    void aProcessThatIsAskedToEndStillWritesItsFile() throws Exception {
        Path file = folder.resolve("run.jfr");
        Process process = start(file);
        int last = -1;
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            while (last < 100) {
                last = Integer.parseInt(Objects.requireNonNull(lines.readLine()));
            }
            assertThat(file).as("no file that looks like a whole recording").doesNotExist();
            assertThat(folder.resolve("run.jfr.unfinished")).content().contains("iterscope import run.jfr.unfinished -o run.jfr");
            process.destroy(); // SIGTERM
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }

        assertThat(RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(RequestArrivalEvent.NAME)))
                .as("every event, up to the last one")
                .hasSizeGreaterThan(last);
        assertThat(folder.resolve("run.jfr.unfinished")).doesNotExist();
    }

    @Test
    void tellsWhatItCanAssemble() throws IOException {
        Path note = Files.writeString(folder.resolve("run.jfr.unfinished"), "");
        Path empty = Files.createDirectory(folder.resolve("empty"));

        assertThat(RecordingAssembler.isUnfinished(note)).isTrue();
        assertThat(RecordingAssembler.isUnfinished(folder.resolve("gone.unfinished"))).isFalse();
        assertThat(RecordingAssembler.isUnfinished(empty)).isFalse();
        Files.write(empty.resolve("2026_01_01_00_00_00.jfr"), new byte[40]);
        assertThat(RecordingAssembler.isUnfinished(empty)).isTrue();
    }

    @Test
    void refusesWhatIsNoRepository() throws IOException {
        Path note = Files.writeString(folder.resolve("run.jfr.unfinished"), folder.resolve("gone").toString());
        Path empty = Files.createDirectory(folder.resolve("empty"));

        assertThatThrownBy(() -> RecordingAssembler.assemble(note, folder.resolve("out.jfr")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("names no folder with chunks");
        assertThatThrownBy(() -> RecordingAssembler.assemble(empty, folder.resolve("out.jfr")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no Flight Recorder chunk");
    }

    @Test
    void leavesOutAChunkThatWasNeverFlushed() throws IOException {
        Path repository = Files.createDirectory(folder.resolve("repository"));
        Files.write(repository.resolve("2026_01_01_00_00_00.jfr"), new byte[40]);

        RecordingAssembler.Assembled assembled =
                RecordingAssembler.assemble(repository, folder.resolve("out.jfr"));

        assertThat(assembled.chunks()).isZero();
        assertThat(assembled.unreadable()).hasSize(1);
    }

    private Process start(Path file) throws IOException {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                KilledRun.class.getName(),
                file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /// Lets the process run for a while from its first line on, then ends it as `kill -9` does.
    private static Instant killAfter(Process process, Duration time) throws IOException, InterruptedException {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("0");
            Instant end = Instant.now().plus(time);
            while (Instant.now().isBefore(end)) {
                assertThat(lines.readLine()).isNotNull();
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return Instant.now();
    }
}
