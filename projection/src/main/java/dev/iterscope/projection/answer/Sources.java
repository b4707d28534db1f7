package dev.iterscope.projection.answer;

import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import java.util.List;
import java.util.Optional;

/// What a projection starts from: a recording, a model from elsewhere, or both.
///
/// @param recording what was recorded of the service
/// @param model     a model that takes the place of the one fitted to the recording: kernel profiles, a model file, a what-if
/// @param each      the settings of each recording, for capacity at several budgets
public record Sources(Optional<Recording> recording, Optional<FittedStepModel> model, List<Settings> each) {
    /// Keeps an unmodifiable copy.
    public Sources {
        each = List.copyOf(each);
    }

    /// One or more recordings, merged, and nothing else.
    public static Sources of(Recording recording) {
        return new Sources(Optional.of(recording), Optional.empty(), List.of(recording.settings()));
    }

    /// Settings of the service as far as they are known.
    public Settings settings() {
        return recording.map(Recording::settings).orElse(Settings.UNKNOWN);
    }
}
