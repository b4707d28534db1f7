package dev.iterscope.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.samples.architecture.ProjectRoot;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The settings file, as `-XX:StartFlightRecording` reads it. The JDK reads settings with a small parser of its own.
class SettingsFileTest {

    @TempDir
    Path folder;

    @Test
    void recordsARunBesideTheJdksOwnSettings() throws Exception {
        Path settings = ProjectRoot.path().resolve("samples/jfc/iterscope.jfc");
        Path file = folder.resolve("run.jfr");
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:StartFlightRecording:settings=profile,settings=" + settings + ",filename=" + file,
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), "dev.iterscope.projection.cli.Main", "run", "--num-prompts", "4",
                "--random-input-len", "32", "--random-output-len", "12", "--memory", "512MiB")
                .redirectErrorStream(true)
                .start();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor()).as(output).isZero();

        Map<String, List<RecordedEvent>> events = RecordingFile.readAllEvents(file).stream()
                .collect(Collectors.groupingBy(event -> event.getEventType().getName()));
        assertThat(events).containsKeys(
                "iterscope.Iteration", "iterscope.IterationDetail", "iterscope.RequestArrival", "iterscope.Request",
                "iterscope.EngineConfig", "iterscope.Model", "iterscope.Device", "jdk.CPULoad", "jdk.GCHeapSummary");
        assertThat(events.get("iterscope.Kernel")).isNotEmpty().allSatisfy(
                kernel -> assertThat(kernel.getInt("iteration") % 10).isZero());
    }
}
