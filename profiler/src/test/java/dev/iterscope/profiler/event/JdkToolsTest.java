package dev.iterscope.profiler.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the JDK's own `jfr` tool shows of our events.
final class JdkToolsTest {

    @TempDir
    static Path folder;

    private static Path file = Path.of("");

    @BeforeAll
    static void record() throws Exception {
        file = SchemaRecording.write(folder.resolve("schema.jfr"));
    }

    @Test
    void showsEveryColumnsLabelWhole() throws Exception {
        List<String> lines = jfr("view", "--width", "240", IterationEvent.NAME, file.toString()).lines().toList();

        String header = lines.stream().filter(line -> line.contains("Start Time")).findFirst().orElseThrow();
        assertThat(EventType.getEventType(IterationEvent.class).getFields())
                .extracting(field -> String.valueOf(field.getLabel()))
                .allSatisfy(label -> assertThat(header).contains(label));
        assertThat(lines).allSatisfy(line -> assertThat(line).doesNotContain("..."));
        assertThat(lines).filteredOn(line -> line.contains("8,400,")).hasSize(SchemaRecording.STEPS / 2);
    }

    @Test
    void countsOneIterationPerStepAndListsTypesWithoutEvents() throws Exception {
        List<String> lines = jfr("summary", file.toString()).lines().toList();

        assertThat(count(lines, "iterscope.Iteration")).isEqualTo(SchemaRecording.STEPS);
        assertThat(count(lines, "iterscope.IterationDetail")).isEqualTo(SchemaRecording.STEPS);
        assertThat(count(lines, "iterscope.Device")).isEqualTo(2);
        assertThat(count(lines, "iterscope.Interval")).isZero();
    }

    @Test
    void printsAnUnknownValueAsNotAvailable() throws Exception {
        String details = jfr("print", "--events", IterationDetailEvent.NAME, file.toString());

        assertThat(details).contains("tokenBudget = N/A", "contextLengthVariance = N/A", "submitToResult = 12.3 ms");
    }

    private static int count(List<String> summary, String type) {
        return summary.stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(words -> words[0].equals(type))
                .mapToInt(words -> Integer.parseInt(words[1]))
                .findFirst()
                .orElseThrow();
    }

    private static String jfr(String... arguments) throws Exception {
        Process process = new ProcessBuilder(
                Stream.concat(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", "jfr").toString()),
                        Stream.of(arguments))
                        .toList())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
