package dev.iterscope.projection.model;

/// What became of fitting a recording's steps.
public sealed interface IterationFit {

    /// A model was fitted; what it cannot know is in its summary.
    ///
    /// @param model the model
    record Fitted(IterationStepModel model) implements IterationFit {}

    /// The recording has no steps with usable times.
    ///
    /// @param reason          why not, one sentence
    /// @param nextMeasurement what to record instead
    record NotPossible(String reason, String nextMeasurement) implements IterationFit {}
}
