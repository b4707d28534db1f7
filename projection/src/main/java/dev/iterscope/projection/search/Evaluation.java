package dev.iterscope.projection.search;

import java.util.Map;
import java.util.OptionalDouble;

/// Predicted beside measured.
///
/// @param errors          median absolute error over the points, per cent, by key
/// @param rankCorrelation Spearman's correlation of predicted and measured objective over the points
/// @param regretPercent   how much worse the measured objective is at the recommended setting than at the best measured one
/// @param nullRegret      the same for policies that look at nothing
public record Evaluation(
        Map<String, Double> errors, OptionalDouble rankCorrelation, OptionalDouble regretPercent, NullRegret nullRegret) {

    /// Regret of policies that look at nothing; empty where the policy's setting was not measured.
    ///
    /// @param keep     the present setting
    /// @param fixed2048 always 2048
    /// @param smallest the smallest setting measured
    /// @param largest  the largest setting measured
    public record NullRegret(OptionalDouble keep, OptionalDouble fixed2048, OptionalDouble smallest, OptionalDouble largest) {}
}
