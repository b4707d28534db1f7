package dev.iterscope.projection.serving;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.serving.ServerCommand.Word;
import java.util.ArrayList;
import java.util.List;

/// The bundled engine: `iterscope run` serves a workload, records it and ends.
public record BundledEngine() implements ServingEngine {
    private static final String EMULATED = "emulated";

    @Override
    public String name() {
        return "iterscope";
    }

    @Override
    public String title() {
        return "the bundled engine";
    }

    @Override
    public String budgetOption() {
        return "--max-num-batched-tokens";
    }

    @Override
    public String sequencesOption() {
        return "--max-num-seqs";
    }

    /// Backend, model and conditions as recorded. A recording names neither a checkpoint's folder nor what emulated times came from.
    @Override
    public ServerCommand recordedCommand(Settings settings) {
        String backend = settings.backend().orElse("cpu");
        ServerCommand command = ServerCommand.of(List.of("iterscope", "run", "--backend", backend));
        if (backend.equals(EMULATED)) {
            command = command.with("--kernel-profile").with(Word.unknown("PROFILE", "the kernel profile that step times came from"));
        }
        command = command.with("--model")
                .with(settings.model().filter(name -> ModelPresets.find(name).isPresent()).map(Word::of).orElse(Word.model()));
        List<String> flags = new ArrayList<>();
        settings.kvBlocks().ifPresent(blocks -> flags.addAll(List.of("--num-gpu-blocks-override", String.valueOf(blocks + 1))));
        settings.blockSize().ifPresent(tokens -> flags.addAll(List.of("--block-size", String.valueOf(tokens))));
        settings.asyncScheduling().filter(on -> !on).ifPresent(_ -> flags.add("--no-async-scheduling"));
        settings.prefixCaching().filter(on -> !on).ifPresent(_ -> flags.add("--no-enable-prefix-caching"));
        settings.reserveFullIsl().filter(on -> !on).ifPresent(_ -> flags.add("--no-scheduler-reserve-full-isl"));
        return command.with(flags.toArray(String[]::new));
    }

    /// The start of a command that runs a model on the CPU.
    public ServerCommand running(String model) {
        return ServerCommand.of(List.of("iterscope", "run", "--model", model));
    }

    /// The command without limits and without what is said of the outcome.
    ServerCommand bare(ServerCommand command) {
        return command.without(budgetOption(), sequencesOption(), "--record", "--format", "-o", "--output");
    }

    /// The run of one setting.
    ///
    /// @param command   the command without limits
    /// @param workload  options of the workload, as a shell reads them
    /// @param recording file for the recording, a word of shell
    public String run(ServerCommand command, String workload, String recording) {
        return bare(command).text() + (workload.isEmpty() ? "" : " " + workload)
                + " --record " + recording;
    }
}
