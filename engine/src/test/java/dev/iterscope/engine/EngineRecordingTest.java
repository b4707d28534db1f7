package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.RequestTimeline;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTiming;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a real run leaves in a real recording.
class EngineRecordingTest {
    static final ModelConfig MODEL = new ModelConfig(
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

    @Test
    void everyChunkSaysWhatWasRecorded() throws IOException {
        Path file = folder.resolve("chunks.jfr");
        EngineConfig config = config();
        try (Recording recording = new Recording();
                Engine engine = Engine.open(config.withObservation(config.observation().recordingTo(file)))) {
            recording.start();
            // A dump in the middle of the run begins a new chunk.
            engine.run(requests(), OptionalInt.empty(), new StepObserver() {
                @Override
                public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
                    if (timing.iteration() == 5) {
                        dump(recording, folder.resolve("middle.jfr"));
                    }
                }
            });
        }

        List<Path> chunks = chunks(file);
        assertThat(chunks).hasSizeGreaterThanOrEqualTo(2);
        for (Path chunk : chunks) {
            List<RecordedEvent> events = RecordingFile.readAllEvents(chunk);
            RecordedEvent engine = named(events, "iterscope.EngineConfig").getLast();
            assertThat(engine.getInt("maxNumBatchedTokens")).isEqualTo(64);
            assertThat(engine.getInt("blockSize")).isEqualTo(config.blockSize());
            assertThat(engine.getDouble("watermark")).isEqualTo(config.scheduler().watermark());
            assertThat(engine.getString("backend")).isEqualTo("cpu");
            RecordedEvent model = named(events, "iterscope.Model").getLast();
            assertThat(model.getInt("layers")).isEqualTo(MODEL.layers());
            assertThat(model.getBoolean("tiedEmbeddings")).isEqualTo(MODEL.tiedEmbeddings());
            assertThat(named(events, "iterscope.Device")).isNotEmpty();
        }
    }

    @Test
    void theKernelsOfEveryNthIterationAreWhatTheModelComputes() throws IOException {
        Path file = folder.resolve("kernels.jfr");
        EngineConfig config = config();
        ObservationOptions observation = config.observation().recordingTo(file).withKernelEvery(3);
        try (Engine engine = Engine.open(config.withObservation(observation))) {
            engine.run(requests(), OptionalInt.empty());
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        Map<Integer, List<RecordedEvent>> kernels = named(events, "iterscope.Kernel").stream()
                .collect(Collectors.groupingBy(kernel -> kernel.getInt("iteration")));

        assertThat(kernels.keySet()).isNotEmpty().allMatch(iteration -> iteration % 3 == 0);
        for (RecordedEvent step : named(events, "iterscope.Iteration")) {
            if (step.getInt("iteration") % 3 == 0) {
                assertKernels(step, kernels.getOrDefault(step.getInt("iteration"), List.of()));
            }
        }
    }

    /// A layer is four matrix products, attention for each phase that is there, and what goes over the activations once.
    private static void assertKernels(RecordedEvent step, List<RecordedEvent> kernels) {
        int tokens = step.getInt("contextTokens") + step.getInt("generationTokens");
        Map<String, RecordedEvent> byName = kernels.stream()
                .collect(Collectors.toMap(kernel -> kernel.getString("kernel") + kernel.getInt("layer"), kernel -> kernel, (a, b) -> a));
        int hidden = MODEL.hiddenSize();
        int wide = MODEL.intermediateSize();
        int heads = MODEL.heads() * MODEL.headDim();
        int keyValues = 2 * MODEL.kvHeads() * MODEL.headDim();
        for (int layer = 0; layer < MODEL.layers(); layer++) {
            assertGemm(byName.get("qkv_proj" + layer), tokens, heads + keyValues, hidden);
            assertGemm(byName.get("o_proj" + layer), tokens, hidden, heads);
            assertGemm(byName.get("gate_up_proj" + layer), tokens, 2 * wide, hidden);
            assertGemm(byName.get("down_proj" + layer), tokens, hidden, wide);
            assertThat(byName.containsKey("context_attention" + layer)).isEqualTo(step.getInt("contextTokens") > 0);
            assertThat(byName.containsKey("generation_attention" + layer)).isEqualTo(step.getInt("generationTokens") > 0);
        }
        RecordedEvent attention = byName.get("generation_attention0");
        if (attention != null) {
            assertThat(attention.getInt("tokens")).isEqualTo(step.getInt("generationTokens"));
            // Scores and weighted values: two products of each query with each key of its sequence.
            assertThat(attention.getDouble("flops")).isEqualTo(4.0 * heads * attention.getInt("kvTokens"));
        }
    }

    private static void assertGemm(@Nullable RecordedEvent kernel, int m, int n, int k) {
        RecordedEvent gemm = Objects.requireNonNull(kernel);
        assertThat(gemm.getString("kind")).isEqualTo("gemm");
        assertThat(List.of(gemm.getInt("m"), gemm.getInt("n"), gemm.getInt("k"), gemm.getInt("tokens"))).containsExactly(m, n, k, m);
        assertThat(gemm.getDouble("flops")).isEqualTo(2.0 * m * n * k);
        // bf16 weights, f32 activations.
        assertThat(gemm.getLong("bytes")).isBetween(2L * n * k, 2L * (n + 64) * k + 4L * m * (n + 64L + k));
        assertThat(gemm.getLong("deviceTime")).isPositive();
    }

    @Test
    void arrivalsShareTheHashesOfTheirCommonBegin() throws IOException {
        Path file = folder.resolve("hashes.jfr");
        EngineConfig config = config();
        List<Request> requests = List.of(
                Request.of("a", new Prompt.Seeded(40, 7), 2, 0),
                Request.of("b", new Prompt.Seeded(55, 7), 2, 0),
                Request.of("c", new Prompt.Seeded(40, 8), 2, 0));
        try (Engine engine = Engine.open(config.withObservation(config.observation().recordingTo(file)))) {
            engine.run(requests, OptionalInt.empty());
        }
        List<List<String>> hashes = named(RecordingFile.readAllEvents(file), "iterscope.RequestArrival").stream()
                .sorted(Comparator.comparing(arrival -> arrival.getString("id")))
                .map(arrival -> List.of(arrival.getString("prefixHashes").split(" ")))
                .toList();

        assertThat(hashes.get(0)).as("full blocks only").hasSize(2);
        assertThat(hashes.get(1)).hasSize(3).startsWith(hashes.get(0).toArray(String[]::new));
        assertThat(hashes.get(2)).hasSize(2).doesNotContainAnyElementsOf(hashes.get(0));
    }

    @Test
    void arrivalsCarryNoHashesWhereThatIsNotWantedOrNothingIsShared() throws IOException {
        EngineConfig config = config();
        List<EngineConfig> without = List.of(
                config.withObservation(config.observation().withPrefixHashes(false)), config.withPrefixCaching(false));
        for (EngineConfig each : without) {
            Path file = folder.resolve("none.jfr");
            try (Engine engine = Engine.open(each.withObservation(each.observation().recordingTo(file)))) {
                engine.run(requests().subList(0, 2), OptionalInt.empty());
            }
            assertThat(named(RecordingFile.readAllEvents(file), "iterscope.RequestArrival"))
                    .hasSize(2)
                    .allSatisfy(arrival -> assertThat(arrival.getString("prefixHashes")).isEmpty());
        }
    }

    private static void dump(Recording recording, Path file) {
        try {
            recording.dump(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Cuts a recording into its chunks; each is a recording of its own. The chunk's size stands at byte 8 of its header.
    private List<Path> chunks(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        List<Path> chunks = new ArrayList<>();
        for (int begin = 0, size; begin < bytes.capacity(); begin += size) {
            size = Math.toIntExact(bytes.getLong(begin + 8));
            chunks.add(Files.write(
                    folder.resolve("chunk" + chunks.size() + ".jfr"), Arrays.copyOfRange(bytes.array(), begin, begin + size)));
        }
        return chunks;
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
