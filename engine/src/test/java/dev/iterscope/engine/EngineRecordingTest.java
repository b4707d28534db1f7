package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.step.RequestTimeline;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a real run leaves in a real recording.
class EngineRecordingTest {
    private static final ModelConfig MODEL = new ModelConfig(
            "small",
            Architecture.LLAMA,
            64,
            1,
            2,
            1,
            32,
            96,
            100,
            true,
            false,
            false,
            1e-6f,
            new Rope(10000, Optional.empty()),
            256,
            DataType.BF16,
            List.of());
    private static final int PROMPT = 40;
    private static final int OUTPUT = 12;
    private static final int REQUESTS = 10;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "async {0}")
    @ValueSource(booleans = {false, true})
    void iterationsCountsAndTimesAddUp(boolean async) throws IOException {
        Path file = folder.resolve("run.jfr");
        RunResult result = run(file, async);
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        List<RecordedEvent> iterations = named(events, "iterscope.Iteration");

        assertThat(iterations).hasSize(Math.toIntExact(result.iterations()));
        assertThat(named(events, "iterscope.IterationDetail")).hasSameSizeAs(iterations);
        assertThat(named(events, "iterscope.RequestArrival")).hasSize(REQUESTS);
        assertThat(named(events, "iterscope.Request")).hasSize(REQUESTS);
        assertThat(named(events, "iterscope.EngineConfig")).isNotEmpty();
        assertThat(named(events, "iterscope.Model")).isNotEmpty();
        assertThat(named(events, "iterscope.Device")).isNotEmpty();
        // I7: prompt tokens, and all outputs but the first of each request, are computed once.
        assertThat(sum(iterations, e -> e.getInt("contextTokens"))).isEqualTo(REQUESTS * PROMPT);
        assertThat(sum(iterations, e -> e.getInt("generationTokens"))).isEqualTo(REQUESTS * (OUTPUT - 1));
        assertOwnTimesDoNotOverlap(iterations);
    }

    /// I11: the events' durations are each step's own part of the wall clock. They are taken beside the loop's own clock readings,
    /// so the sum of durations and idle gaps may leave out only what lies between the two readings.
    private static void assertOwnTimesDoNotOverlap(List<RecordedEvent> iterations) {
        for (int i = 1; i < iterations.size(); i++) {
            assertThat(iterations.get(i).getStartTime())
                    .as("start of iteration %d", i + 1)
                    .isAfterOrEqualTo(iterations.get(i - 1).getEndTime());
        }
        Duration span = Duration.between(iterations.getFirst().getStartTime(), iterations.getLast().getEndTime());
        Duration own = iterations.stream().map(RecordedEvent::getDuration).reduce(Duration.ZERO, Duration::plus);
        assertThat(own).isLessThanOrEqualTo(span);
    }

    @Test
    void aPromptThatCanNeverFitRejectsThatRequestOnly() {
        List<Request> requests = new ArrayList<>(requests());
        requests.add(3, Request.of("too long", new Prompt.Seeded(1000, 5), 4, 0));
        RunResult result;
        try (Engine engine = Engine.open(config())) {
            result = engine.run(requests, OptionalInt.of(4));
        }

        assertThat(result.rejections()).singleElement().satisfies(r -> assertThat(r.id()).isEqualTo("too long"));
        assertThat(result.timelines().stream().filter(t -> t.outputTokens() == OUTPUT)).hasSize(REQUESTS);
        // I6, for every request that ran.
        for (RequestTimeline t : result.timelines()) {
            if (t.firstTokenNanos().isPresent()) {
                assertThat(List.of(
                        t.arrivalNanos(),
                        t.firstScheduleNanos().orElseThrow(),
                        t.firstTokenNanos().orElseThrow(),
                        t.lastTokenNanos().orElseThrow())).isSorted();
            }
        }
        assertThat(result.interTokens().size()).isEqualTo(REQUESTS * (OUTPUT - 1));
    }

    private static RunResult run(Path file, boolean async) {
        EngineConfig config = config();
        config = config.withScheduler(config.scheduler().withAsyncScheduling(async))
                .withObservation(config.observation().recordingTo(file));
        try (Engine engine = Engine.open(config)) {
            return engine.run(requests(), OptionalInt.empty());
        }
    }

    private static EngineConfig config() {
        EngineConfig config = EngineConfig.defaults(MODEL).withMemoryBytes(64L << 20).withThreads(1);
        return config.withScheduler(config.scheduler().withMaxNumBatchedTokens(64));
    }

    private static List<Request> requests() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            requests.add(Request.of("r" + i, new Prompt.Seeded(PROMPT, i), OUTPUT, i * 1_000_000L));
        }
        return requests;
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .sorted((a, b) -> a.getStartTime().compareTo(b.getStartTime()))
                .toList();
    }

    private static long sum(List<RecordedEvent> events, ToLongFunction<RecordedEvent> value) {
        return events.stream().mapToLong(value).sum();
    }
}
