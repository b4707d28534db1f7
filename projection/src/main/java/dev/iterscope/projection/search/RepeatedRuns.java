package dev.iterscope.projection.search;

import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Several runs of one setting as one measured point.
public final class RepeatedRuns {
    private RepeatedRuns() {}

    /// The median of each result, so that one run that something else on the machine disturbed does not decide, and how far all runs lie
    /// apart in the objective.
    ///
    /// @param setting   the setting
    /// @param capacity  tokens that the KV cache held
    /// @param runs      results of each run by key, at least one run
    /// @param objective what is compared
    public static MeasuredPoint summarise(
            Setting setting, OptionalLong capacity, List<Map<String, Double>> runs, Objective objective) {
        Map<String, Double> medians = new LinkedHashMap<>();
        for (String key : runs.getFirst().keySet()) {
            medians.put(key, median(runs.stream().mapToDouble(run -> run.getOrDefault(key, 0.0)).sorted().toArray()));
        }
        DoubleSummaryStatistics spread = runs.stream().mapToDouble(objective::of).summaryStatistics();
        double percent = spread.getAverage() > 0 ? 100 * (spread.getMax() - spread.getMin()) / spread.getAverage() : 0;
        return new MeasuredPoint(setting, capacity, medians, runs.size(), percent);
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
