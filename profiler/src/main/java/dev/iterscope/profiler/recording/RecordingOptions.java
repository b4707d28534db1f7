package dev.iterscope.profiler.recording;

import java.util.OptionalInt;

/// What a recording holds beyond what it always does.
///
/// @param kernelsOfEveryNthIteration records the kernels of every nth step; empty for none
public record RecordingOptions(OptionalInt kernelsOfEveryNthIteration) {

    /// No kernels.
    public static final RecordingOptions DEFAULT = new RecordingOptions(OptionalInt.empty());

    /// @throws IllegalArgumentException if n is not positive
    public RecordingOptions {
        if (kernelsOfEveryNthIteration.isPresent() && kernelsOfEveryNthIteration.getAsInt() < 1) {
            throw new IllegalArgumentException("kernels are recorded every nth iteration, with n at least 1");
        }
    }
}
