package dev.iterscope.projection.search;

import java.util.Map;
import java.util.OptionalLong;

/// What one setting achieved when it was run, over several runs.
///
/// @param setting          the setting
/// @param kvCapacityTokens tokens that the KV cache held
/// @param values           median of each result over the runs, by key
/// @param runs             number of runs
/// @param spreadPercent    largest distance between two runs in the objective, per cent of their mean
public record MeasuredPoint(
        Setting setting, OptionalLong kvCapacityTokens, Map<String, Double> values, int runs, double spreadPercent) {}
