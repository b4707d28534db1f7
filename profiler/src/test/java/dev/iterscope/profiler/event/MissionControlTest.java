package dev.iterscope.profiler.event;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.Label;
import jdk.jfr.ValueDescriptor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmc.common.IDisplayable;
import org.openjdk.jmc.common.item.IAccessorKey;
import org.openjdk.jmc.common.item.IItem;
import org.openjdk.jmc.common.item.IType;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.flightrecorder.CouldNotLoadRecordingException;
import org.openjdk.jmc.flightrecorder.internal.EventArray;
import org.openjdk.jmc.flightrecorder.internal.EventArrays;
import org.openjdk.jmc.flightrecorder.internal.FlightRecordingLoader;

/// What JDK Mission Control makes of our events, told by its own parser.
final class MissionControlTest {

    /// Content types that Mission Control draws and aggregates. A plain `long` would be "raw number", which it does not.
    private static final Set<String> CHARTABLE = Set.of("number", "memory", "timespan", "percentage", "frequency");

    private static final Set<String> TEXTS = Set.of("text", "boolean");
    private static final Set<String> OF_EVERY_EVENT =
            Set.of("startTime", "endTime", "duration", "(endTime)", "eventThread", "stackTrace", "eventType");

    @TempDir
    static Path folder;

    private static final Map<String, EventArray> BY_NAME = new HashMap<>();

    // The logger must be held, or its level is forgotten.
    private static final Logger PARSER_LOG = Logger.getLogger("org.openjdk.jmc.flightrecorder.internal.parser");

    @BeforeAll
    static void load() throws IOException, CouldNotLoadRecordingException {
        // It warns of fields of the JDK's own thread type that it does not know.
        PARSER_LOG.setLevel(Level.SEVERE);
        Path file = SchemaRecording.write(folder.resolve("schema.jfr"));
        EventArrays arrays;
        try (InputStream in = Files.newInputStream(file)) {
            arrays = FlightRecordingLoader.loadStream(in, false, false);
        }
        for (EventArray array : arrays.getArrays()) {
            BY_NAME.put(array.getType().getIdentifier(), array);
        }
    }

    static Stream<String> types() {
        return ServingSchema.types().stream()
                .filter(type -> type != IntervalEvent.class)
                .map(type -> EventType.getEventType(type).getName());
    }

    @ParameterizedTest
    @MethodSource("types")
    void showsTheTypeInOurCategoryWithItsLabel(String name) {
        EventArray array = array(name);

        assertThat(array.getTypeCategory()).containsExactly("LLM Serving");
        assertThat(array.getType().getName()).isEqualTo(Objects.requireNonNull(eventType(name).getLabel()));
        assertThat(array.getType().getDescription()).isNotBlank();
        assertThat(array.getEvents()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("types")
    void chartsEveryNumber(String name) {
        Map<String, String> contentTypes = contentTypes(array(name).getType());
        List<ValueDescriptor> fields = ownFields(name);

        assertThat(fields).isNotEmpty();
        for (ValueDescriptor field : fields) {
            String contentType = Objects.requireNonNull(contentTypes.get(field.getName()), field.getName());
            boolean number = !Set.of("java.lang.String", "boolean").contains(field.getTypeName());
            assertThat(number ? CHARTABLE : TEXTS).as("%s.%s", name, field.getName()).contains(contentType);
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void explainsEveryField(String name) {
        for (ValueDescriptor field : ownFields(name)) {
            assertThat(field.getAnnotation(Label.class)).as("%s.%s", name, field.getName()).isNotNull();
            assertThat(field.getDescription()).as("%s.%s", name, field.getName()).isNotBlank();
        }
        assertThat(ownFields(name).stream().map(ValueDescriptor::getLabel))
                .as("labels of %s", name)
                .doesNotHaveDuplicates();
    }

    @Test
    void readsValuesInTheirUnits() {
        IItem mixed = array(IterationEvent.NAME).getEvents()[0];

        assertThat(text(mixed, "kvUsage")).isEqualTo("50 %");
        assertThat(text(mixed, "contextTokens")).isEqualTo("7,986");
        assertThat(text(array(KernelEvent.NAME).getEvents()[0], "bytes")).isEqualTo("9 MiB");
        assertThat(text(array(KernelEvent.NAME).getEvents()[0], "deviceTime")).isEqualTo("250 \u03bcs");
        assertThat(text(array(RequestEvent.NAME).getEvents()[0], "timeToFirstToken")).isEqualTo("30 ms");
        assertThat(text(array(DeviceSampleEvent.NAME).getEvents()[0], "smClock")).isEqualTo("1.75 GHz");
    }

    @Test
    void holdsTheSchemaWithItsFieldsInOrder() {
        Map<String, List<String>> schema = new HashMap<>();
        ServingSchema.types().forEach(type -> {
            String name = EventType.getEventType(type).getName();
            schema.put(name, ownFields(name).stream().map(ValueDescriptor::getName).toList());
        });

        assertThat(schema)
                .contains(
                        entry("iterscope.Iteration", names("iteration contextRequests contextTokens generationRequests "
                                + "generationTokens kvUsage kvBlocksUsed kvBlocksTotal kvTokensHeld runningRequests "
                                + "waitingRequests preemptions")),
                        entry("iterscope.IterationDetail", names("iteration engine tokenBudget kvTokensAllocated "
                                + "contextKvTokens contextAttentionPairs contextLengthVariance generationKvTokens "
                                + "generationKvVariance maxKvLength queuedContextTokens queuedKvTokens recomputedTokens "
                                + "prefixQueriedTokens prefixHitTokens encoderInputs encoderTokens draftTokens "
                                + "acceptedTokens paddedTokens graphMode inFlight scheduleTime submitToResult "
                                + "resultWaitTime updateTime idleBefore dummy")),
                        entry("iterscope.Kernel", names("kernel kind layer iteration m n k tokens kvTokens flops bytes "
                                + "device stream deviceStart deviceTime")),
                        entry("iterscope.RequestArrival", names("id promptTokens maxTokens priority prefixHashes")),
                        entry("iterscope.Request", names("id promptTokens cachedTokens outputTokens preemptions queueTime "
                                + "timeToFirstToken meanTimePerOutputToken endToEnd finishReason")),
                        entry("iterscope.Preemption", names("id iteration blocksFreed tokensToRecompute")),
                        entry("iterscope.DeviceSample", names("device smClock memoryClock powerWatts temperatureCelsius "
                                + "utilization throttleReasons")))
                .containsKeys("iterscope.Interval", "iterscope.EngineConfig", "iterscope.Model", "iterscope.Device")
                .hasSize(11);
    }

    private static List<String> names(String words) {
        return List.of(words.split(" "));
    }

    private static EventType eventType(String name) {
        return ServingSchema.types().stream()
                .map(EventType::getEventType)
                .filter(type -> type.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<ValueDescriptor> ownFields(String name) {
        return eventType(name).getFields().stream()
                .filter(field -> !OF_EVERY_EVENT.contains(field.getName()))
                .toList();
    }

    private static EventArray array(String name) {
        return Objects.requireNonNull(BY_NAME.get(name), name);
    }

    private static Map<String, String> contentTypes(IType<IItem> type) {
        Map<String, String> types = new HashMap<>();
        for (IAccessorKey<?> key : type.getAccessorKeys().keySet()) {
            types.put(key.getIdentifier(), key.getContentType().getIdentifier());
        }
        return types;
    }

    private static String text(IItem item, String field) {
        @SuppressWarnings("unchecked")
        IType<IItem> type = (IType<IItem>) item.getType();
        for (IAccessorKey<?> key : type.getAccessorKeys().keySet()) {
            if (key.getIdentifier().equals(field) && type.getAccessor(key).getMember(item) instanceof IQuantity value) {
                // It puts a space between number and unit that does not break.
                return value.displayUsing(IDisplayable.AUTO).replace('\u00a0', ' ');
            }
        }
        throw new AssertionError("no quantity " + field);
    }
}
