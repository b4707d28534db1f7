package dev.iterscope.projection.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// A fitted model as reports show it: the object `model` of the JSON contract.
///
/// @param level        what it was fitted to
/// @param identifiable whether every physical term that the swept range needs can be told apart
/// @param diagnosis    what cannot be known and why, in a user's words
/// @param nextMeasurement the measurement that would tell apart what cannot be known, if something cannot
/// @param terms        the physical terms
/// @param fit          its errors
public record ModelSummary(Level level, boolean identifiable, List<String> diagnosis, Optional<String> nextMeasurement, List<Term> terms,
        Fit fit) {

    /// What a model was fitted to.
    public enum Level {
        /// Times of kernels.
        KERNEL,
        /// Times of whole steps.
        ITERATION
    }

    /// One physical term of a step.
    ///
    /// @param name         `fixed`, `dense`, `context_attention`, `generation_attention`, `requests`, ...
    /// @param value        its coefficient
    /// @param unit         its unit, for instance `us/token`
    /// @param low95        lower end of the 95 % interval
    /// @param high95       upper end
    /// @param identifiable whether the data tell it apart from the others
    /// @param rate         the rate at which its work is done, where the architecture is known
    public record Term(
            String name,
            OptionalDouble value,
            String unit,
            OptionalDouble low95,
            OptionalDouble high95,
            boolean identifiable,
            Optional<EffectiveRate> rate) {}

    /// Errors of a fit; percentages are 0..100.
    ///
    /// @param samples            steps or kernels fitted
    /// @param heldOut            samples left out and predicted
    /// @param mapePercent        mean absolute percentage error on fitted samples
    /// @param heldOutMapePercent the same on held-out samples
    /// @param r2                 share of variance explained
    public record Fit(
            long samples, long heldOut, OptionalDouble mapePercent, OptionalDouble heldOutMapePercent, OptionalDouble r2) {}
}
