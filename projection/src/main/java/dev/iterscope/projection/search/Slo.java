package dev.iterscope.projection.search;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.metrics.ServingMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A service-level objective: bounds on result keys, all of which have to hold.
///
/// @param bounds the bounds, in the user's order; empty for none
public record Slo(List<Bound> bounds) {
    /// No objective.
    public static final Slo NONE = new Slo(List.of());

    private static final Pattern BOUND = Pattern.compile("\\s*([a-z0-9_]+)\\s*(<=|>=|<|>)\\s*([0-9.eE+-]+)\\s*");

    /// One bound.
    ///
    /// @param key     a key of [ServingMetrics#values()]
    /// @param relation which side is allowed
    /// @param limit   the bound, in the key's unit
    public record Bound(String key, Relation relation, double limit) {
        /// True when a result with this value keeps the bound.
        public boolean holds(double value) {
            return relation == Relation.AT_MOST ? value <= limit : value >= limit;
        }

        /// How far a value is from the bound as a share of it: 0 at the bound, positive on the wrong side.
        double excess(double value) {
            double scale = Math.max(Math.abs(limit), 1e-12);
            return relation == Relation.AT_MOST ? (value - limit) / scale : (limit - value) / scale;
        }

        @Override
        public String toString() {
            return key + relation.symbol + (limit == Math.rint(limit) && Math.abs(limit) < 1e15 ? String.valueOf((long) limit) : limit);
        }
    }

    /// Which side of a bound is allowed.
    public enum Relation {
        /// The value may be at most the bound.
        AT_MOST("<="),
        /// The value must be at least the bound.
        AT_LEAST(">=");

        private final String symbol;

        Relation(String symbol) {
            this.symbol = symbol;
        }
    }

    /// Keeps an unmodifiable copy.
    public Slo {
        bounds = List.copyOf(bounds);
    }

    /// Reads `p99_ttft_ms<=2000,p99_tpot_ms<=50`.
    ///
    /// @throws UserInputException (usage) for a key that no result has, text of another form, a bound that no result can keep or that every
    ///         one keeps, and bounds that repeat or contradict each other
    public static Slo parse(String text) {
        List<Bound> bounds = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher matcher = BOUND.matcher(part);
            if (!matcher.matches()) {
                throw wrong(part.strip(), "is not a bound", "write key<=number, for instance p99_ttft_ms<=2000");
            }
            String key = matcher.group(1);
            if (!ServingMetrics.KEYS.contains(key)) {
                throw wrong(key, "is the key of no result", "use one of " + nearest(key));
            }
            Bound bound =
                    new Bound(key, matcher.group(2).startsWith("<") ? Relation.AT_MOST : Relation.AT_LEAST, limit(part, matcher.group(3)));
            requirePossible(bound);
            bounds.forEach(other -> requireConsistent(other, bound));
            bounds.add(bound);
        }
        return new Slo(bounds);
    }

    private static double limit(String part, String text) {
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below, together with infinities
        }
        throw wrong(part.strip(), "has no number in '" + text + "'", "write for instance p99_ttft_ms<=2000");
    }

    /// No result is negative, and no latency is zero.
    private static void requirePossible(Bound bound) {
        if (bound.limit() < 0 || (bound.limit() == 0 && bound.relation() == Relation.AT_MOST && bound.key().endsWith("_ms"))) {
            throw wrong(bound.toString(), bound.relation() == Relation.AT_MOST ? "can never be met" : "is always met",
                    "give a number above 0");
        }
    }

    private static void requireConsistent(Bound one, Bound other) {
        if (!one.key().equals(other.key())) {
            return;
        }
        if (one.relation() == other.relation()) {
            throw wrong(other.toString(), "bounds the same as " + one, "give one of them");
        }
        if (one.relation() == Relation.AT_MOST ? other.limit() > one.limit() : other.limit() < one.limit()) {
            throw wrong(other.toString(), "contradicts " + one, "give bounds that a result can meet");
        }
    }

    private static UserInputException wrong(String part, String what, String remedy) {
        return UserInputException.usage("--slo '" + part + "' " + what + "; " + remedy);
    }

    /// The keys with the same last word, or all: what a user most likely meant.
    public static String nearest(String key) {
        List<String> latencies = ServingMetrics.KEYS.stream().filter(known -> known.endsWith("_ms")).toList();
        for (String name : List.of("ttft", "tpot", "itl", "e2el")) {
            if (key.contains(name)) {
                return latencies.stream().filter(known -> known.contains(name)).collect(Collectors.joining(", "));
            }
        }
        return String.join(", ", ServingMetrics.KEYS);
    }

    /// True when nothing is asked.
    public boolean isEmpty() {
        return bounds.isEmpty();
    }

    /// True when all bounds hold.
    public boolean isMet(Map<String, Double> values) {
        return bounds.stream().allMatch(bound -> bound.holds(values.getOrDefault(bound.key(), Double.NaN)));
    }

    /// How far the worst bound is from holding, as a share of it; at most 0 when all hold.
    public double worstExcess(Map<String, Double> values) {
        double worst = Double.NEGATIVE_INFINITY;
        for (Bound bound : bounds) {
            double excess = bound.excess(values.getOrDefault(bound.key(), Double.NaN));
            worst = Double.isNaN(excess) ? Double.POSITIVE_INFINITY : Math.max(worst, excess);
        }
        return worst;
    }

    /// The bounds on TTFT, TPOT and E2E latency as limits of a single request, whatever statistic the user bounded. ITL has no
    /// per-request value and sets no limit.
    public GoodputLimits goodputLimits() {
        return new GoodputLimits(limit("_ttft_ms"), limit("_tpot_ms"), limit("_e2el_ms"));
    }

    private double limit(String suffix) {
        return bounds.stream()
                .filter(bound -> bound.key().endsWith(suffix) && bound.relation() == Relation.AT_MOST && !bound.key().startsWith("std_"))
                .mapToDouble(Bound::limit)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    @Override
    public String toString() {
        return bounds.stream().map(Bound::toString).collect(Collectors.joining(","));
    }
}
