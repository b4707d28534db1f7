package dev.iterscope.profiler.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.profiler.event.RequestEvents;
import dev.iterscope.profiler.event.ServingSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        try (FlightRecording recording = FlightRecording.start(file)) {
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

        assertThatThrownBy(() -> FlightRecording.start(folder.resolve("absent/run.jfr")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("absent");
        assertThatThrownBy(() -> FlightRecording.start(folder)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> FlightRecording.start(text.resolve("run.jfr"))).isInstanceOf(IOException.class);
    }
}
