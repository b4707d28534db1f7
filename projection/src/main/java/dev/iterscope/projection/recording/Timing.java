package dev.iterscope.projection.recording;

/// How far the times of a recording can be trusted.
///
/// @param basis    where a step's time comes from
/// @param coverage time explained by steps divided by the wall clock of the recording; about 1 where every step's time is its own
public record Timing(Basis basis, double coverage) {

    /// Where a step's time comes from.
    public enum Basis {
        /// Each step carries its own time.
        STEP,
        /// Only the spacing of timestamps says how long steps took.
        TIMESTAMPS,
        /// Neither can be used.
        UNUSABLE
    }
}
