package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.ModelFacts;
import java.util.Optional;

/// How an iteration-level model is fitted.
///
/// @param kvSource             where the KV tokens of generating sequences come from
/// @param betweenRunDeviation  standard deviation of a whole run's speed between repetitions, as a share; two campaigns of one
///                             cell are known to differ by several percent although every step within each is steady
/// @param perTermDeviation     the same for a single term against the others
/// @param runs                 recordings that the first deviation was estimated from; 0 where it is assumed
/// @param architecture         the model's dimensions where a recording does not say them
public record IterationOptions(KvSource kvSource, double betweenRunDeviation, double perTermDeviation, int runs,
        Optional<ModelFacts> architecture) {

    /// What is assumed about repetitions when only one recording exists: 4 % for the whole run, 2 % for single terms.
    public static final IterationOptions DEFAULTS = new IterationOptions(KvSource.AUTO, 0.04, 0.02, 0, Optional.empty());

    /// Checks the ranges.
    public IterationOptions {
        if (!(betweenRunDeviation >= 0 && betweenRunDeviation < 1) || !(perTermDeviation >= 0 && perTermDeviation < 1)) {
            throw new IllegalArgumentException("deviations are shares in [0, 1): " + betweenRunDeviation + ", " + perTermDeviation);
        }
    }

    /// The same with another source of KV tokens.
    public IterationOptions withKvSource(KvSource source) {
        return new IterationOptions(source, betweenRunDeviation, perTermDeviation, runs, architecture);
    }

    /// The same with a deviation between repetitions that so many recordings showed.
    public IterationOptions withBetweenRuns(double deviation, int recordings) {
        return new IterationOptions(kvSource, deviation, perTermDeviation, recordings, architecture);
    }

    /// The same with the model's dimensions.
    public IterationOptions withArchitecture(ModelFacts facts) {
        return new IterationOptions(kvSource, betweenRunDeviation, perTermDeviation, runs, Optional.of(facts));
    }
}
