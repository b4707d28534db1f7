package dev.iterscope.projection.search;

import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Several runs of one setting as one measured point.
public final class RepeatedRuns {
    private RepeatedRuns() {}

    /// The mean of each result, and how far the runs lie apart in the objective.
    ///
    /// @param setting   the setting
    /// @param capacity  tokens that the KV cache held
    /// @param runs      results of each run by key, at least one run
    /// @param objective what is compared
    public static MeasuredPoint summarise(
            Setting setting, OptionalLong capacity, List<Map<String, Double>> runs, Objective objective) {
        Map<String, Double> means = new LinkedHashMap<>();
        for (String key : runs.getFirst().keySet()) {
            means.put(key, runs.stream().mapToDouble(run -> run.getOrDefault(key, 0.0)).average().orElse(0));
        }
        DoubleSummaryStatistics spread = runs.stream().mapToDouble(objective::of).summaryStatistics();
        double percent = spread.getAverage() > 0 ? 100 * (spread.getMax() - spread.getMin()) / spread.getAverage() : 0;
        return new MeasuredPoint(setting, capacity, means, runs.size(), percent);
    }
}
