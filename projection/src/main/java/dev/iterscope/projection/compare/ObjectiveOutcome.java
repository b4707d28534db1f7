package dev.iterscope.projection.compare;

import dev.iterscope.projection.search.Slo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/// Whether an objective is met before and after.
///
/// @param bounds one per bound of the objective
public record ObjectiveOutcome(List<BoundOutcome> bounds) {

    /// One bound.
    ///
    /// @param bound  what was asked
    /// @param before the value before; empty where not known
    /// @param after  the value after; empty where not known
    public record BoundOutcome(Slo.Bound bound, OptionalDouble before, OptionalDouble after) {
        /// Whether it was kept before; empty where not known.
        public Optional<Boolean> metBefore() {
            return met(before);
        }

        /// Whether it is kept after; empty where not known.
        public Optional<Boolean> metAfter() {
            return met(after);
        }

        private Optional<Boolean> met(OptionalDouble value) {
            return value.isPresent() ? Optional.of(bound.holds(value.getAsDouble())) : Optional.empty();
        }
    }

    /// Judges what two recordings achieved.
    static ObjectiveOutcome of(Slo slo, Map<String, Double> before, Map<String, Double> after) {
        return new ObjectiveOutcome(
                slo.bounds().stream().map(bound -> new BoundOutcome(bound, of(before, bound.key()), of(after, bound.key()))).toList());
    }

    private static OptionalDouble of(Map<String, Double> values, String key) {
        Double value = values.get(key);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /// Whether all bounds were kept before; empty where none is known to be missed and one is not known.
    public Optional<Boolean> metBefore() {
        return all(BoundOutcome::metBefore);
    }

    /// Whether all bounds are kept after; empty where none is known to be missed and one is not known.
    public Optional<Boolean> metAfter() {
        return all(BoundOutcome::metAfter);
    }

    private Optional<Boolean> all(Function<BoundOutcome, Optional<Boolean>> met) {
        if (bounds.stream().map(met).anyMatch(Optional.of(false)::equals)) {
            return Optional.of(false);
        }
        return bounds.stream().map(met).allMatch(Optional::isPresent) ? Optional.of(true) : Optional.empty();
    }
}
