package dev.iterscope.profiler.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.profiler.event.KernelEvent;
import dev.iterscope.profiler.event.KernelInterest;
import dev.iterscope.profiler.event.KernelRun;
import dev.iterscope.profiler.event.RequestEvents;
import dev.iterscope.profiler.event.ServingSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import jdk.jfr.EventType;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlightRecordingTest {

    @TempDir
    Path folder;

    @Test
    void holdsOurEventsBesideTheJdksAndNamesEveryTypeOfTheSchema() throws IOException {
        Path file = folder.resolve("run.jfr");
        try (FlightRecording recording = FlightRecording.start(file, RecordingOptions.DEFAULT)) {
            assertThat(recording.file()).isEqualTo(file.toAbsolutePath());
            RequestEvents.arrived("first", 100, 16, 0);
        }

        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events).extracting(event -> event.getEventType().getName())
                .contains("iterscope.RequestArrival", "jdk.CPUInformation", "jdk.GCConfiguration");
        try (RecordingFile recorded = new RecordingFile(file)) {
            assertThat(recorded.readEventTypes()).extracting(EventType::getName)
                    .containsAll(ServingSchema.types().stream()
                            .map(type -> EventType.getEventType(type).getName())
                            .toList());
        }
    }

    @Test
    void saysAtTheStartThatTheFileCannotBeWritten() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "");

        assertThatThrownBy(() -> FlightRecording.start(folder.resolve("absent/run.jfr"), RecordingOptions.DEFAULT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("absent");
        assertThatThrownBy(() -> FlightRecording.start(folder, RecordingOptions.DEFAULT)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> FlightRecording.start(text.resolve("run.jfr"), RecordingOptions.DEFAULT)).isInstanceOf(IOException.class);
    }

    @Test
    void recordsTheKernelsOfEveryNthStepOnlyWhenAsked() throws IOException {
        Path file = folder.resolve("kernels.jfr");
        KernelInterest interest = new KernelInterest();
        assertThat(interest.in(0)).isFalse();
        try (FlightRecording _ =
                FlightRecording.start(file, new RecordingOptions(OptionalInt.of(3)))) {
            for (int iteration = 0; iteration < 10; iteration++) {
                assertThat(interest.in(iteration)).isEqualTo(iteration % 3 == 0);
                new KernelRun(
                        "gemm_bf16",
                        "gemm",
                        1,
                        iteration,
                        KernelRun.Shape.gemm(16, 64, 32),
                        2.0 * 16 * 64 * 32,
                        7168,
                        new KernelRun.Time(0, 1, 1000, 250))
                        .commit();
            }
        }

        List<RecordedEvent> kernels = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(KernelEvent.NAME))
                .toList();
        assertThat(kernels).extracting(event -> event.getInt("iteration")).containsExactly(0, 3, 6, 9);
        RecordedEvent kernel = kernels.getFirst();
        assertThat(kernel.getString("kernel")).isEqualTo("gemm_bf16");
        assertThat(kernel.getString("kind")).isEqualTo("gemm");
        assertThat(List.of(kernel.getInt("layer"), kernel.getInt("m"), kernel.getInt("n"), kernel.getInt("k")))
                .containsExactly(1, 16, 64, 32);
        assertThat(List.of(kernel.getInt("tokens"), kernel.getInt("kvTokens"))).containsExactly(16, 0);
        assertThat(kernel.getDouble("flops")).isEqualTo(65536.0);
        assertThat(kernel.getLong("bytes")).isEqualTo(7168);
        assertThat(List.of(kernel.getInt("device"), kernel.getInt("stream"))).containsExactly(0, 1);
        assertThat(kernel.getLong("deviceStart")).isEqualTo(1000);
        assertThat(kernel.getDuration("deviceTime")).isEqualTo(Duration.ofNanos(250));
    }
}
