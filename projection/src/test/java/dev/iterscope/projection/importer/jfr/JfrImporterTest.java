package dev.iterscope.projection.importer.jfr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.profiler.event.EngineDescription;
import dev.iterscope.profiler.event.ModelDescription;
import dev.iterscope.profiler.event.RequestEvents;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.profiler.event.StaticEvents;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.Timing.Basis;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JfrImporterTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"0, 9", "1, 0"})
    void aRecordingOfAnOldJdkIsWholeAndOfAnotherFormat(short major, short minor) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(200).putInt(ChunkHeader.MAGIC).putShort(major).putShort(minor).putLong(200);
        Path file = Files.write(folder.resolve("old.jfr"), bytes.array());

        assertThatThrownBy(() -> Recordings.read(List.of(file))).isInstanceOf(UserInputException.class)
                .hasMessageContaining("format " + major + "." + minor)
                .hasMessageContaining("JDK 11 or later")
                .hasMessageNotContaining("damaged");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void readsTheSameAsTheJdk(int chunks) throws IOException {
        Path file = EngineRecording.write(folder.resolve("engine.bin"), 300, chunks, 7);

        Recording recording = Recordings.read(List.of(file));
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        List<RecordedEvent> iterations = of(events, "iterscope.Iteration");
        List<RecordedEvent> details = of(events, "iterscope.IterationDetail");

        assertThat(recording.source()).isEqualTo("jfr");
        assertThat(recording.iterations()).hasSize(300).hasSameSizeAs(iterations);
        for (int i = 0; i < iterations.size(); i++) {
            Iteration step = recording.iterations().get(i);
            assertSame(step, iterations.get(i));
            assertSame(step.detail().orElseThrow(), details.get(i));
        }
        assertThat(recording.timing().basis()).isEqualTo(Basis.STEP);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void joinsARequestsArrivalAndEnd(int chunks) throws IOException {
        Path file = EngineRecording.write(folder.resolve("engine.bin"), 10, chunks, 7);

        Recording recording = Recordings.read(List.of(file));

        RequestRecord request = recording.requests().getFirst();
        assertThat(recording.requests()).hasSize(1);
        assertThat(request.id()).isEqualTo("a");
        assertThat(request.promptTokens()).hasValue(100);
        assertThat(request.maxTokens()).hasValue(8);
        assertThat(request.cachedTokens()).hasValue(16);
        assertThat(request.prefixHashes()).containsExactly(0xffL, 0x1234L);
        assertThat(request.timeToFirstTokenNanos()).hasValue(70);
        assertThat(request.meanTimePerOutputTokenNanos()).isEmpty();
        assertThat(request.finishReason()).isEqualTo(Optional.of("length"));
        assertThat(recording.preemptions()).singleElement().satisfies(preemption -> {
            assertThat(preemption.blocksFreed()).hasValue(4);
            assertThat(preemption.tokensToRecompute()).hasValue(60);
            assertThat(preemption.iteration()).hasValue(3);
        });
    }

    @ParameterizedTest
    @CsvSource({"fcfs,0", "priority,64"})
    void readsTheSchedulersSettings(String policy, int longPrefillTokenThreshold) throws IOException {
        Path file = folder.resolve("settings.bin");
        EngineDescription engine = new EngineDescription(
                new EngineDescription.Limits(512, 64, 4096, longPrefillTokenThreshold),
                new EngineDescription.KvCache(16, 1000, 16_384_000, "bf16", true),
                new EngineDescription.Scheduling(policy, false, true, true, 0.01),
                EngineDescription.Parallelism.NONE,
                new EngineDescription.Implementation("iterscope", "0.1.0", "cpu", "paged", List.of()));
        ModelDescription model = new ModelDescription(
                "tiny",
                "Qwen3ForCausalLM",
                new ModelDescription.Layers(4, 256, 768, 8192, true),
                new ModelDescription.Attention(4, 2, 64),
                ModelDescription.Experts.NONE,
                new ModelDescription.Storage("bf16", 6_000_000, 12_000_000, 1024));
        ServingSchema.registerAll();
        try (jdk.jfr.Recording recording = new jdk.jfr.Recording()) {
            recording.start();
            StaticEvents.publish(engine, model, List.of()).close();
            RequestEvents.arrived("a", 100, 8, 0, "");
            recording.stop();
            recording.dump(file);
        }

        Settings settings = Recordings.read(List.of(file)).settings();

        assertThat(settings.maxNumBatchedTokens()).hasValue(512);
        assertThat(settings.longPrefillTokenThreshold()).hasValue(longPrefillTokenThreshold);
        assertThat(settings.policy()).hasValue(policy);
        assertThat(settings.watermark()).hasValue(0.01);
        assertThat(settings.asyncScheduling()).hasValue(false);
    }

    private static void assertSame(Iteration step, RecordedEvent event) {
        long start = ChronoUnit.NANOS.between(Instant.EPOCH, event.getStartTime());
        assertThat(step.number()).hasValue(event.getInt("iteration"));
        // The JDK takes each chunk's own wall clock, which jumps by a fraction of a microsecond.
        assertThat(step.startNanos().orElseThrow()).isCloseTo(start, within(1_000_000L));
        assertThat(step.endNanos().orElseThrow() - step.startNanos().orElseThrow()).isEqualTo(event.getDuration().toNanos());
        assertThat(step.elapsedNanos()).hasValue(event.getDuration().toNanos());
        assertThat(step.contextRequests()).isEqualTo(event.getInt("contextRequests"));
        assertThat(step.contextTokens()).isEqualTo(event.getInt("contextTokens"));
        assertThat(step.generationRequests()).isEqualTo(event.getInt("generationRequests"));
        assertThat(step.generationTokens()).isEqualTo(event.getInt("generationTokens"));
        assertThat(step.kv().orElseThrow().blocksUsed()).hasValue(event.getInt("kvBlocksUsed"));
        assertThat(step.kv().orElseThrow().tokensHeld()).hasValue(event.getInt("kvTokensHeld"));
        assertThat((float) step.kv().orElseThrow().share().orElseThrow()).isEqualTo(event.getFloat("kvUsage"));
        assertThat(step.waitingRequests()).hasValue(event.getInt("waitingRequests"));
        assertThat(step.preemptions()).hasValue(event.getInt("preemptions"));
    }

    private static void assertSame(IterationDetail detail, RecordedEvent event) {
        assertThat(detail.maxKvLength()).hasValue(event.getInt("maxKvLength"));
        assertThat(detail.contextAttentionPairs()).isEqualTo(OptionalDouble.of(event.getDouble("contextAttentionPairs")));
        assertThat(detail.graphMode()).contains(event.getString("graphMode"));
        assertThat(detail.contextKvTokens()).as("unknown is not zero").isEmpty();
        assertThat(detail.encoderInputs()).isEqualTo(OptionalLong.of(0));
        assertThat(detail.submitToResultNanos()).isEmpty();
    }

    private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals(name))
                .sorted(Comparator.comparingInt(event -> event.getInt("iteration")))
                .toList();
    }
}
