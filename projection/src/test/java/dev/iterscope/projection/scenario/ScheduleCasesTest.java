package dev.iterscope.projection.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.iterscope.projection.cli.Cli;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map.Entry;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Scheduling cases as data, run through the command line. A file of `schedule/cases` holds a scenario, the ids that must be rejected,
/// and one object per line of output with the values that matter: derived by hand, the numbered ones from vLLM's own tests (the
/// numbers are those of the list in `docs/concepts/scheduler.md`).
class ScheduleCasesTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    static List<ScenarioFile> cases() throws IOException, URISyntaxException {
        return ScenarioFile.inResources("/schedule/cases");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aScenarioIsScheduledAsExpected(ScenarioFile given, @TempDir Path folder) throws IOException {
        JsonNode data = MAPPER.readTree(given.file().toFile());
        Path scenario = folder.resolve("scenario.json");
        MAPPER.writeValue(scenario.toFile(), data.required("scenario"));

        Cli cli = Cli.run("schedule", scenario.toString());

        assertThat(cli.code()).as(cli.err()).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : cli.out().lines().toList()) {
            lines.add(MAPPER.readTree(line));
        }
        JsonNode steps = data.required("steps");
        for (int i = 0; i < Math.min(lines.size(), steps.size()); i++) {
            for (Entry<String, JsonNode> expected : steps.get(i).properties()) {
                // As text, since the order of the scheduled requests counts too.
                assertThat(String.valueOf(lines.get(i).get(expected.getKey())))
                        .as("%s in line %d: %s", expected.getKey(), i + 1, lines.get(i))
                        .isEqualTo(expected.getValue().toString());
            }
        }
        assertThat(lines).as("lines").hasSize(steps.size());
        List<String> rejected = new ArrayList<>();
        data.path("rejected").forEach(id -> rejected.add("request \"" + id.textValue() + "\" is rejected: "));
        List<String> notes = cli.err().lines().filter(line -> line.contains("is rejected")).toList();
        assertThat(notes).hasSameSizeAs(rejected);
        for (int i = 0; i < notes.size(); i++) {
            assertThat(notes.get(i)).contains(rejected.get(i));
        }
    }
}
