package dev.iterscope.projection.compare;

import dev.iterscope.projection.search.Interval95;
import java.util.Optional;
import java.util.OptionalDouble;

/// One result before and after a change.
///
/// @param key      as `vllm bench serve` spells it; `_step_ms` for the duration of steps, `peak_kv_usage` as a share 0..1
/// @param basis    what it is taken from
/// @param before   in the key's unit; empty where not known
/// @param after    in the key's unit; empty where not known
/// @param percent  change in per cent of the value before; empty where either is not known or the one before is 0
/// @param interval its 95 % interval, where there are enough observations
/// @param unknown  why a value is not known; empty where both are
public record ResultChange(
        String key,
        RecordedResults.Basis basis,
        OptionalDouble before,
        OptionalDouble after,
        OptionalDouble percent,
        Optional<Interval95> interval,
        String unknown) {

    /// True when the interval lies on one side of zero.
    public boolean isShown() {
        return interval.isPresent() && (interval.get().low() > 0 || interval.get().high() < 0);
    }

    /// True when the change shown is one for the better.
    public boolean isBetter() {
        return isShown() && percent.orElse(0) > 0 == key.endsWith("_throughput");
    }
}
