package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/// How much the speed of a whole run differs between repetitions, from several recordings of one service. Steps within a run do not tell:
/// they share its clocks, neighbours and placement.
///
/// Each run's factor is the median of measured over predicted over its steps. The deviation of few factors is uncertain itself, so what is
/// assumed without any counts as one run more (a scaled inverse chi-squared prior with one degree of freedom, Gelman et al., Bayesian Data
/// Analysis, section 2.6).
public final class BetweenRuns {
    private static final double ASSUMED_RUNS = 1;
    private static final int FEWEST_STEPS = 8;

    private BetweenRuns() {}

    /// The deviation, as a share.
    ///
    /// @param logFactors logarithm of each run's factor
    /// @param assumed    deviation that is assumed without recordings
    /// @return empty for fewer than two runs
    public static OptionalDouble deviation(List<Double> logFactors, double assumed) {
        int n = logFactors.size();
        if (n < 2) {
            return OptionalDouble.empty();
        }
        double mean = logFactors.stream().mapToDouble(Double::doubleValue).average().orElse(0);
        double squares = logFactors.stream().mapToDouble(factor -> (factor - mean) * (factor - mean)).sum();
        return OptionalDouble.of(Math.sqrt((ASSUMED_RUNS * assumed * assumed + squares) / (ASSUMED_RUNS + n - 1)));
    }

    /// The recordings that are runs of their own: ranks and sources of one run lie at the same time, and their agreement says nothing.
    public static List<Recording> separate(List<Recording> recordings) {
        List<Recording> separate = new ArrayList<>();
        for (Recording recording : recordings) {
            if (separate.stream().noneMatch(other -> overlap(other, recording))) {
                separate.add(recording);
            }
        }
        return List.copyOf(separate);
    }

    private static boolean overlap(Recording a, Recording b) {
        OptionalLong startA = edge(a, true);
        OptionalLong startB = edge(b, true);
        OptionalLong endA = edge(a, false);
        OptionalLong endB = edge(b, false);
        return startA.isPresent() && startB.isPresent() && startA.getAsLong() < endB.orElse(Long.MIN_VALUE)
                && startB.getAsLong() < endA.orElse(Long.MIN_VALUE);
    }

    private static OptionalLong edge(Recording recording, boolean first) {
        Comparator<Long> order = first ? Comparator.reverseOrder() : Comparator.naturalOrder();
        return recording.iterations().stream()
                .map(Iteration::endNanos)
                .filter(OptionalLong::isPresent)
                .map(OptionalLong::getAsLong)
                .max(order)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /// Logarithms of each run's factor; runs with fewer than eight usable steps are left out.
    ///
    /// @param runs      recordings of single runs
    /// @param kvSource  where KV tokens come from
    /// @param predicted what the model predicts for a sample, nanoseconds
    static List<Double> factors(List<Recording> runs, KvSource kvSource, ToDoubleFunction<StepSamples.Sample> predicted) {
        List<Double> factors = new ArrayList<>();
        for (Recording run : runs) {
            double[] logs = StepSamples.of(run, kvSource).samples().stream()
                    .mapToDouble(sample -> Math.log(sample.nanos() / Math.max(1, predicted.applyAsDouble(sample))))
                    .sorted()
                    .toArray();
            if (logs.length >= FEWEST_STEPS) {
                factors.add(0.5 * (logs[(logs.length - 1) / 2] + logs[logs.length / 2]));
            }
        }
        return factors;
    }
}
