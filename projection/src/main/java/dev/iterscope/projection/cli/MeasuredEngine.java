package dev.iterscope.projection.cli;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.recording.Settings;
import java.util.Optional;

/// What `sweep --measure` runs. A measurement beside a prediction means something only where both are of the same service, and where the
/// measured times are not the predicted ones: anything else must be asked for.
///
/// @param backend backend of the bundled engine
/// @param model   the model that it runs
/// @param note    what was measured, in one sentence
record MeasuredEngine(String backend, ModelReference model, String note) {
    private static final String OWN = "iterscope";
    private static final String EMULATED = "emulated";

    /// Chooses backend and model.
    ///
    /// @param recorded settings of the recorded service; empty where the predictions come from kernels alone
    /// @param asked    the backend that was asked for
    /// @param model    the model's option
    /// @param ownModel whether a measurement of the predictions' own step times was asked for
    /// @throws UserInputException (usage) where that would measure something else than what was recorded without having been asked to, or
    ///     step times that are the predictions' own
    static MeasuredEngine choose(Optional<Settings> recorded, Optional<String> asked, ModelOption model, boolean ownModel) {
        Optional<String> other = recorded.flatMap(Settings::engineName).filter(name -> !name.equals(OWN));
        if (recorded.isPresent() && asked.isEmpty() && recorded.get().backend().isEmpty()) {
            throw UserInputException.usage("--measure runs the bundled engine, and the recording is of "
                    + other.orElse("an engine that it does not name") + ": measure on that server (iterscope experiment), or give --backend"
                    + " and --model to run the bundled engine all the same");
        }
        String backend = asked.or(() -> recorded.flatMap(Settings::backend)).orElse("cpu");
        ModelReference resolved = model.given().orElseGet(() -> recordedModel(recorded, model));
        if (backend.equals(EMULATED) && !ownModel) {
            throw UserInputException.usage("--measure on the emulated backend takes its step times from the model that also predicts: its"
                    + " errors say nothing about that model; give another --backend, or --measure-own-model to check scheduling alone");
        }
        if (!backend.equals(EMULATED) && ownModel) {
            throw UserInputException.usage("--measure-own-model is for the emulated backend; backend " + backend + " takes its own times");
        }
        return new MeasuredEngine(backend, resolved, note(backend, resolved.config().name(), recorded));
    }

    private static ModelReference recordedModel(Optional<Settings> recorded, ModelOption model) {
        Optional<String> name = recorded.flatMap(Settings::model);
        if (recorded.isPresent() && name.filter(known -> ModelPresets.find(known).isPresent()).isEmpty()) {
            throw UserInputException.usage("--measure needs --model: "
                    + name.map(known -> "the recorded " + known + " is no preset").orElse("the recording does not name its model"));
        }
        return model.resolve(name);
    }

    private static String note(String backend, String model, Optional<Settings> recorded) {
        String engine = recorded.flatMap(Settings::engineName).orElse("");
        boolean sameBackend = engine.equals(OWN) && recorded.flatMap(Settings::backend).equals(Optional.of(backend));
        boolean sameModel = recorded.flatMap(Settings::model).equals(Optional.of(model));
        String differs = recorded.isEmpty()
                ? "; the predictions are of the kernels' device"
                : sameBackend && sameModel
                        ? ""
                        : "; recorded was another: " + recorded.get().model().orElse("a model not named") + " on "
                                + (engine.equals(OWN)
                                        ? "the " + recorded.get().backend().orElse("unknown") + " backend"
                                        : engine.isEmpty() ? "an engine not named" : engine);
        return "measured: " + model + " on the bundled engine's " + backend + " backend, on this machine" + differs
                + (backend.equals(EMULATED)
                        ? "; its step times are the predictions' own, so the errors check scheduling and clock and not the step model"
                        : "");
    }
}
