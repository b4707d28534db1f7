package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.recording.Recording;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where the emulated backend of `run` takes its step times from.
final class ModelMixin {
    @Option(names = "--from", paramLabel = "RECORDING", description = "Emulate the steps of this recording, by the model fitted to it.")
    private @Nullable Path from;

    @Option(names = "--time-scale", paramLabel = "S", defaultValue = "1",
            description = "Emulated seconds per predicted second (default: ${DEFAULT-VALUE}).")
    private double timeScale = 1;

    /// The configuration with step times where the backend is emulated.
    ///
    /// @param kernels kernel options, which give step times as well as a recording does
    /// @param model   the model's option
    ///
    /// @throws UserInputException when times are missing, cannot be fitted, or were given for another backend
    EngineConfig applied(EngineConfig config, KernelMixin kernels, ModelOption model) {
        if (!(timeScale > 0 && timeScale <= 1000)) {
            throw UserInputException.usage("--time-scale must be above 0 and at most 1000: " + timeScale);
        }
        if (!config.backend().equals("emulated")) {
            if (from != null || kernels.given()) {
                throw UserInputException
                        .usage("--from gives step times to --backend emulated; backend " + config.backend() + " takes its own");
            }
            return config;
        }
        if (kernels.given()) {
            return config.emulating(kernels.kernels(model).point(), timeScale);
        }
        return from == null ? config : config.emulating(times(from), timeScale);
    }

    private static StepTimes times(Path file) {
        Recording recording = Recordings.read(List.of(file));
        return switch (IterationModels.fit(recording, IterationOptions.DEFAULTS)) {
            case IterationFit.Fitted fitted -> fitted.model().point();
            case IterationFit.NotPossible(String reason, String next) ->
                    throw UserInputException.input(file.toString(), "", reason, next);
        };
    }
}
