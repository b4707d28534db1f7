package dev.iterscope.projection.cli;

import dev.iterscope.projection.scenario.DryRun;
import dev.iterscope.projection.scenario.Scenario;
import dev.iterscope.projection.scenario.ScenarioReader;
import dev.iterscope.projection.scenario.StepLineWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `iterscope schedule`: what the scheduler decides in each step of a scenario.
@Command(name = "schedule", mixinStandardHelpOptions = true, description = {
    "Dry-runs the scheduler over a scenario and prints one JSON line per step.",
    "The scenario's keys are described in docs/reference/schema/schedule-scenario.schema.json."})
final class ScheduleCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "SCENARIO.json", description = "Limits, pool and requests.")
    private Path file = Path.of("");

    ScheduleCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Scenario scenario = ScenarioReader.read(file);
        StepLineWriter writer = new StepLineWriter(console.out(), scenario);
        DryRun run = new DryRun(
                scenario, writer::write, (id, reason) -> console.note("iterscope schedule: request \"" + id + "\" is rejected: " + reason));
        int unfinished = run.run();
        console.out().flush();
        if (unfinished > 0) {
            console.note(
                    "iterscope schedule: stopped at max_steps " + scenario.maxSteps() + " with " + unfinished + " requests unfinished");
        }
        return ExitCode.DONE;
    }
}
