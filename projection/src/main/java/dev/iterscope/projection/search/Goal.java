package dev.iterscope.projection.search;

import dev.iterscope.projection.metrics.ServingMetrics;
import java.util.OptionalDouble;

/// The one number by which settings that meet the objective are compared.
public sealed interface Goal {
    /// What an objective alone asks for: the highest request rate where requests have arrival times, output throughput otherwise. Without
    /// an objective: the knee.
    static Goal standard(Slo slo, boolean hasArrivalTimes) {
        if (slo.isEmpty()) {
            return new Knee();
        }
        return hasArrivalTimes ? new HighestRate() : new Key(Knee.THROUGHPUT, Direction.HIGHER);
    }

    /// The value of a best estimate, in the goal's unit; empty where it is unknown.
    OptionalDouble value(SweepPoint point);

    /// The value of one draw; empty where it is unknown.
    ///
    /// @param index number of the draw, below [#draws]
    OptionalDouble value(SweepPoint point, int index);

    /// Draws whose value is known.
    int draws(SweepPoint point);

    /// How much better a value is than another, per cent of the other; negative for worse.
    default double gainPercent(double value, double base) {
        return base > 0 ? 100 * (value / base - 1) : value > 0 ? Double.POSITIVE_INFINITY : 0;
    }

    /// Gains below this are not worth a restart, per cent: two runs of one setting differ by as much.
    default double worthwhilePercent() {
        return 1;
    }

    /// What it is, as a noun.
    String words();

    /// The highest request rate at which the service-level objective is met.
    record HighestRate() implements Goal {
        @Override
        public OptionalDouble value(SweepPoint point) {
            return OptionalDouble.of(point.maxRequestRate().orElse(0));
        }

        @Override
        public OptionalDouble value(SweepPoint point, int index) {
            return OptionalDouble.of(point.rateDraws().get(index));
        }

        @Override
        public int draws(SweepPoint point) {
            return point.rateDraws().size();
        }

        /// The search ends that close to the rate.
        @Override
        public double worthwhilePercent() {
            return RateSearch.PRECISION_PERCENT;
        }

        @Override
        public String words() {
            return "highest request rate within the objective";
        }
    }

    /// Output throughput at the knee: the smallest budget within [#FLAT_PERCENT] of the highest throughput, since more budget than that
    /// only costs latency.
    record Knee() implements Goal {
        /// Throughput this close to the highest counts as flat.
        public static final double FLAT_PERCENT = 3;

        private static final String THROUGHPUT = "output_throughput";

        @Override
        public OptionalDouble value(SweepPoint point) {
            return Key.known(point.metrics().outputThroughput());
        }

        @Override
        public OptionalDouble value(SweepPoint point, int index) {
            return Key.known(point.drawn(index, THROUGHPUT));
        }

        @Override
        public int draws(SweepPoint point) {
            return point.draws().size();
        }

        @Override
        public double worthwhilePercent() {
            return FLAT_PERCENT;
        }

        @Override
        public String words() {
            return "output throughput";
        }
    }

    /// The lowest or the highest value of a result.
    ///
    /// @param key       a key of [ServingMetrics#values()]
    /// @param direction which values are better
    record Key(String key, Direction direction) implements Goal {
        @Override
        public OptionalDouble value(SweepPoint point) {
            return known(point.metrics().values().getOrDefault(key, Double.NaN));
        }

        @Override
        public OptionalDouble value(SweepPoint point, int index) {
            return known(point.drawn(index, key));
        }

        private static OptionalDouble known(double value) {
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        }

        @Override
        public int draws(SweepPoint point) {
            return point.draws().size();
        }

        @Override
        public double gainPercent(double value, double base) {
            double more = Goal.super.gainPercent(value, base);
            return direction == Direction.HIGHER ? more : -more;
        }

        @Override
        public String words() {
            return key;
        }
    }

    /// Which values of a result are better.
    enum Direction {
        /// Lower ones, as of a latency.
        LOWER("lowest"),
        /// Higher ones, as of a throughput.
        HIGHER("highest");

        private final String superlative;

        Direction(String superlative) {
            this.superlative = superlative;
        }

        /// The word for the best value.
        String superlative() {
            return superlative;
        }
    }
}
