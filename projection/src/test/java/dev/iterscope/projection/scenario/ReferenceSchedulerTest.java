package dev.iterscope.projection.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random scenarios against a second scheduler, `src/test/reference/scheduler.py`, which restates vLLM's loop in other data structures:
/// the output must be the same to the byte. A few of its answers are kept in `schedule/random`; where there is a Python many more are
/// made and compared (`-Diterscope.reference.scenarios=20000`).
class ReferenceSchedulerTest {
    static List<ScenarioFile> kept() throws IOException, URISyntaxException {
        return ScenarioFile.inResources("/schedule/random");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kept")
    void givesTheStepsOfTheReference(ScenarioFile scenario) throws IOException {
        assertThat(steps(scenario.file())).isEqualTo(scenario.expectedSteps());
    }

    @Test
    void givesTheStepsOfTheReferenceForFreshScenarios(@TempDir Path folder) throws IOException, InterruptedException {
        int count = Integer.getInteger("iterscope.reference.scenarios", 300);
        long firstSeed = Long.getLong("iterscope.reference.seed", 1_000);
        assumeTrue(make(count, firstSeed, folder), "there is no python3");
        List<ScenarioFile> scenarios = ScenarioFile.in(folder);
        assertThat(scenarios).hasSize(count);
        int preempting = 0;
        for (ScenarioFile scenario : scenarios) {
            String expected = scenario.expectedSteps();
            assertThat(steps(scenario.file())).as(scenario.toString()).isEqualTo(expected);
            preempting += expected.contains("\"preempted\":[\"") ? 1 : 0;
        }
        assertThat(preempting).as("scenarios with preemptions").isGreaterThan(count / 10);
    }

    private static String steps(Path file) throws IOException {
        Scenario scenario = ScenarioReader.read(file);
        StringWriter text = new StringWriter();
        new DryRun(scenario, new StepLineWriter(text, scenario)::write, (id, reason) -> {}).run();
        return text.toString();
    }

    private static boolean make(int count, long firstSeed, Path folder) throws InterruptedException {
        ProcessBuilder python = new ProcessBuilder(
                "python3", "src/test/reference/scheduler.py", "make", String.valueOf(count), String.valueOf(firstSeed), folder.toString());
        try {
            Process process = python.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException noPython) {
            return false;
        }
    }
}
