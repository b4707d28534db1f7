package dev.iterscope.projection.export.jfr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.RandomRecording;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmc.common.item.Attribute;
import org.openjdk.jmc.common.item.IAttribute;
import org.openjdk.jmc.common.item.IItem;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.item.IItemIterable;
import org.openjdk.jmc.common.item.IMemberAccessor;
import org.openjdk.jmc.common.item.ItemFilters;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.common.unit.UnitLookup;
import org.openjdk.jmc.flightrecorder.JfrAttributes;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

class JfrWriterTest {

    private static final Logger JMC = Logger.getLogger("org.openjdk.jmc.flightrecorder.internal.parser");

    private static final IAttribute<IQuantity> CONTEXT_TOKENS = Attribute.attr("contextTokens", "Context Tokens", UnitLookup.NUMBER);

    @TempDir
    Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void readsBackEqual(long seed) throws IOException {
        Recording recording = RandomRecording.of(seed, 40);
        Path file = write(recording);

        Recording read = Recordings.read(List.of(file));

        assertThat(read.source()).isEqualTo(recording.source());
        assertThat(read.files()).isEqualTo(recording.files());
        assertThat(read.settings()).isEqualTo(recording.settings());
        assertThat(read.devices()).isEqualTo(recording.devices());
        assertThat(read.iterations().stream().map(JfrWriterTest::text)).containsExactlyElementsOf(
                recording.iterations().stream().map(JfrWriterTest::text).toList());
        assertThat(read.requests()).isEqualTo(recording.requests());
        assertThat(read.intervals()).isEqualTo(recording.intervals());
        assertThat(read.kernels()).isEqualTo(recording.kernels());
        assertThat(read.preemptions()).isEqualTo(recording.preemptions());
        assertThat(read.pauses()).isEqualTo(recording.pauses());
        assertThat(read.warnings()).containsAll(recording.warnings());
    }

    @Test
    void theJdkReadsTheSame() throws IOException {
        Recording recording = RandomRecording.of(99, 200);
        List<RecordedEvent> events = RecordingFile.readAllEvents(write(recording)).stream()
                .filter(event -> event.getEventType().getName().equals("iterscope.Iteration"))
                .toList();

        assertThat(events).hasSameSizeAs(recording.iterations());
        for (int i = 0; i < events.size(); i++) {
            Iteration step = recording.iterations().get(i);
            RecordedEvent event = events.get(i);
            assertThat(event.getInt("iteration")).isEqualTo((int) step.number().orElseThrow());
            assertThat(event.getInt("contextTokens")).isEqualTo(step.contextTokens());
            assertThat(event.getInt("waitingRequests")).isEqualTo((int) step.waitingRequests().orElse(Integer.MIN_VALUE));
            assertThat(event.getDuration().toNanos()).isEqualTo(step.ownNanos().orElseThrow());
            assertThat(event.getThread().getJavaName()).isEqualTo("Engine " + step.engine());
            assertThat(event.getEventType().getField("kvUsage").getLabel()).isEqualTo("KV Usage");
        }
    }

    @Test
    void missionControlsParserShowsUnitsAndValues() throws Exception {
        JMC.setLevel(Level.SEVERE);
        Recording recording = RandomRecording.of(5, 100);
        IItemCollection items = JfrLoaderToolkit.loadEvents(write(recording).toFile()).apply(ItemFilters.type("iterscope.Iteration"));

        long events = 0;
        long tokens = 0;
        for (IItemIterable iterable : items) {
            assertThat(iterable.getType().getName()).isEqualTo("Iteration");
            IMemberAccessor<IQuantity, IItem> contextTokens = CONTEXT_TOKENS.getAccessor(iterable.getType());
            IMemberAccessor<IQuantity, IItem> duration = JfrAttributes.DURATION.getAccessor(iterable.getType());
            for (IItem item : iterable) {
                events++;
                tokens += contextTokens.getMember(item).longValue();
                assertThat(duration.getMember(item)).isNotNull();
            }
        }
        assertThat(events).isEqualTo(recording.iterations().size());
        assertThat(tokens).isEqualTo(recording.iterations().stream().mapToLong(Iteration::contextTokens).sum());
    }

    @Test
    void leavesOutWhatTheSourceNeverKnows() throws IOException {
        Path log = Files.writeString(folder.resolve("server.log"),
                "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests,"
                        + " 8 context tokens, 0 generation requests, 0 generation tokens, iteration elapsed time: 1.00 ms\n");
        RecordedEvent event = RecordingFile.readAllEvents(write(Recordings.read(List.of(log)))).stream()
                .filter(any -> any.getEventType().getName().equals("iterscope.Iteration"))
                .findFirst()
                .orElseThrow();

        assertThat(event.hasField("contextTokens")).isTrue();
        assertThat(event.hasField("kvBlocksUsed")).isFalse();
        assertThat(event.hasField("waitingRequests")).isFalse();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aCutFileYieldsEveryWholeEventBeforeTheCut(long seed) throws IOException {
        Recording recording = RandomRecording.of(seed, 60);
        byte[] whole = Files.readAllBytes(write(recording));
        Random random = new Random(seed);
        for (int i = 0; i < 40; i++) {
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, random.nextInt(whole.length)));
            assertThatCode(() -> {
                try {
                    Recording read = Recordings.read(List.of(cut));
                    assertThat(read.warnings()).anyMatch(warning -> warning.code().equals("recording-cut"));
                    // The cut may have come between a step and its details.
                    List<String> texts = recording.iterations().stream().map(JfrWriterTest::text).toList();
                    long strange = read.iterations().stream().filter(step -> !texts.contains(text(step))).count();
                    assertThat(strange).isLessThanOrEqualTo(1);
                } catch (UserInputException e) {
                    assertThat(e).hasMessageNotContaining("\n");
                }
            }).doesNotThrowAnyException();
        }
    }

    @Test
    void aCutAfterEachEventKeepsAllBefore() throws IOException {
        Recording recording = Recordings.read(List.of(SharedData.file("vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log")));
        byte[] whole = Files.readAllBytes(write(recording));
        int before = 52;
        for (int length = whole.length; length > 200 && before > 0; length -= 7) {
            int found = 0;
            try {
                found = Recordings.read(List.of(Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length)))).iterations().size();
            } catch (UserInputException e) {
                found = 0;
            }
            assertThat(found).as("at %d", length).isBetween(before - 1, before);
            before = found;
        }
        assertThat(before).isZero();
    }

    @Test
    void aLogReadsBackEqual() throws IOException {
        for (String name : List.of("kimi-k2.5-8xh200-tp8-mbnt8000.log", "kimi-k2.5-8xh200-tp4dp2-mbnt65536.log")) {
            Recording log = Recordings.read(List.of(SharedData.file("vllm-iteration-logs/" + name)));
            Recording read = Recordings.read(List.of(write(log)));
            assertThat(read).isEqualTo(log);
        }
    }

    private Path write(Recording recording) throws IOException {
        Path file = folder.resolve("recording.jfr");
        JfrWriter.write(recording, file);
        return file;
    }

    private static String text(Iteration step) {
        return step.toString();
    }
}
