package dev.iterscope.profiler.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.profiler.TestCounts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IterationRecorderTest {

    private static final IterationDetails UNKNOWN = new IterationDetails() {};

    @TempDir
    Path folder;

    private final IterationRecorder recorder = new IterationRecorder();

    @Test
    void writesTheCountsOfTheStep() throws IOException {
        List<RecordedEvent> events;
        try (Recording recording = started()) {
            recorder.started();
            recorder.resultArrived();
            recorder.commit(TestCounts.MIXED, UNKNOWN);
            events = read(recording, IterationEvent.NAME);
        }

        assertThat(events).hasSize(1);
        RecordedEvent event = events.getFirst();
        assertThat(event.getInt("iteration")).isEqualTo(7);
        assertThat(event.getInt("contextRequests")).isEqualTo(2);
        assertThat(event.getInt("contextTokens")).isEqualTo(7986);
        assertThat(event.getInt("generationRequests")).isEqualTo(14);
        assertThat(event.getInt("generationTokens")).isEqualTo(14);
        assertThat(event.getFloat("kvUsage")).isEqualTo(0.5f);
        assertThat(event.getInt("kvBlocksUsed")).isEqualTo(1024);
        assertThat(event.getInt("kvBlocksTotal")).isEqualTo(2048);
        assertThat(event.getInt("kvTokensHeld")).isEqualTo(16000);
        assertThat(event.getInt("runningRequests")).isEqualTo(16);
        assertThat(event.getInt("waitingRequests")).isEqualTo(3);
        assertThat(event.getInt("preemptions")).isEqualTo(1);
        assertThat(event.getThread().getJavaName()).isEqualTo(Thread.currentThread().getName());
        assertThat(event.getStackTrace()).isNull();
    }

    @Test
    void givesEachOfTwoBatchesInFlightItsOwnPartOfTheWallClock() throws Exception {
        int steps = 20;
        List<RecordedEvent> events;
        try (Recording recording = started()) {
            recorder.started();
            for (int step = 0; step < steps; step++) {
                Thread.sleep(2);
                recorder.resultArrived();
                recorder.started();
                recorder.commit(TestCounts.MIXED.withIteration(step), UNKNOWN);
            }
            events = read(recording, IterationEvent.NAME);
        }

        assertThat(events).extracting(event -> event.getInt("iteration")).hasSize(steps).isSorted();
        Duration own = events.stream().map(RecordedEvent::getDuration).reduce(Duration.ZERO, Duration::plus);
        Duration wall =
                Duration.between(events.getFirst().getStartTime(), events.getLast().getEndTime());
        // The next step begins right after the end of the one before: what is missing is the code between, which
        // a busy machine may stretch, but the sum never exceeds the wall clock as it would if steps overlapped.
        assertThat(own).isLessThanOrEqualTo(wall);
        for (int step = 1; step < steps; step++) {
            Instant before = events.get(step - 1).getEndTime();
            assertThat(events.get(step).getStartTime()).isAfterOrEqualTo(before);
            assertThat(events.get(step).getDuration()).isPositive();
        }
    }

    @Test
    void leavesOutAStepWhoseBeginNobodyRecorded() throws IOException {
        List<RecordedEvent> events;
        recorder.started();
        try (Recording recording = started()) {
            recorder.resultArrived();
            recorder.commit(TestCounts.MIXED.withIteration(0), UNKNOWN);
            recorder.started();
            recorder.resultArrived();
            recorder.commit(TestCounts.MIXED.withIteration(1), UNKNOWN);
            events = read(recording, IterationEvent.NAME);
        }

        assertThat(events).extracting(event -> event.getInt("iteration")).containsExactly(1);
    }

    @Test
    void leavesUnknownDetailsUnknown() throws IOException {
        RecordedEvent detail;
        try (Recording recording = started()) {
            recorder.started();
            recorder.resultArrived();
            recorder.commit(TestCounts.MIXED, UNKNOWN);
            detail = read(recording, IterationDetailEvent.NAME).getFirst();
        }

        assertThat(detail.getInt("iteration")).isEqualTo(7);
        assertThat(detail.getInt("tokenBudget")).isEqualTo(Integer.MIN_VALUE);
        assertThat(detail.getDouble("contextAttentionPairs")).isNaN();
        assertThat(detail.getLong("submitToResult")).isEqualTo(Long.MIN_VALUE);
        assertThat(detail.getString("graphMode")).isNull();
        assertThat(detail.getBoolean("dummy")).isFalse();
    }

    @Test
    void writesEachDetailAsAnInstantAfterItsStep() throws Exception {
        int steps = 3;
        List<RecordedEvent> iterations;
        List<RecordedEvent> details;
        try (Recording recording = started()) {
            for (int step = 0; step < steps; step++) {
                recorder.started();
                Thread.sleep(2);
                recorder.resultArrived();
                recorder.commit(TestCounts.MIXED.withIteration(step), UNKNOWN);
            }
            iterations = read(recording, IterationEvent.NAME);
            details = read(recording, IterationDetailEvent.NAME);
        }

        assertThat(details).hasSize(steps);
        for (int step = 0; step < steps; step++) {
            RecordedEvent detail = details.get(step);
            assertThat(detail.getInt("iteration")).isEqualTo(step);
            assertThat(detail.getDuration()).isEqualTo(Duration.ZERO);
            assertThat(detail.getStartTime()).isAfterOrEqualTo(iterations.get(step).getEndTime());
            if (step + 1 < steps) {
                assertThat(detail.getStartTime()).isBefore(iterations.get(step + 1).getEndTime());
            }
        }
    }

    @Test
    void writesNothingWithoutARecording() {
        recorder.started();
        recorder.resultArrived();
        recorder.commit(TestCounts.MIXED, UNKNOWN);

        assertThat(recorder.isRecording()).isFalse();
    }

    private static Recording started() {
        Recording recording = new Recording();
        recording.start();
        return recording;
    }

    private List<RecordedEvent> read(Recording recording, String type) throws IOException {
        if (recording.getState() == RecordingState.RUNNING) {
            recording.stop();
        }
        Path file = folder.resolve("test.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(type))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }
}
