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
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where the emulated backend of `run` takes its step times from.
@Topic.Of(Topic.ENGINE)
final class ModelMixin {
    @Option(names = "--from", paramLabel = "RECORDING",
            description = "Emulate the steps of this recording, by the model fitted to it; its model and limits are the defaults then.")
    private @Nullable Path from;

    @Option(names = "--time-scale", paramLabel = "S", defaultValue = "1",
            description = "Emulated seconds per predicted second (default: ${DEFAULT-VALUE}).")
    private double timeScale = 1;

    /// The recording to emulate, whose model and limits are those of the run where no others are given.
    ///
    /// @param kernels kernel options, which give step times as well as a recording does
    /// @throws UserInputException when it cannot be read, or was given for another backend or beside kernels
    Optional<Recording> recording(String backend, KernelMixin kernels) {
        if (!(timeScale > 0 && timeScale <= 1000)) {
            throw UserInputException.usage("--time-scale must be above 0 and at most 1000: " + timeScale);
        }
        if (!backend.equals("emulated") && (from != null || kernels.given())) {
            throw UserInputException.usage("--from gives step times to --backend emulated; backend " + backend + " takes its own");
        }
        if (from != null && kernels.given()) {
            throw UserInputException.usage("--from and kernels both give step times; give one of them");
        }
        return Optional.ofNullable(from).map(file -> Recordings.read(List.of(file)));
    }

    /// The configuration with step times where the backend is emulated.
    ///
    /// @param recording what [#recording] gave
    /// @param model     the model's option
    /// @throws UserInputException when times cannot be fitted
    EngineConfig applied(EngineConfig config, Optional<Recording> recording, KernelMixin kernels, ModelOption model) {
        if (!config.backend().equals("emulated")) {
            return config;
        }
        if (kernels.given()) {
            return config.emulating(kernels.kernels(model).point(), timeScale);
        }
        return recording.map(found -> config.emulating(times(found), timeScale)).orElse(config);
    }

    private StepTimes times(Recording recording) {
        return switch (IterationModels.fit(recording, IterationOptions.DEFAULTS)) {
            case IterationFit.Fitted fitted -> fitted.model().point();
            case IterationFit.NotPossible(String reason, String next) ->
                    throw UserInputException.input(String.valueOf(from), "", reason, next);
        };
    }
}
