package dev.iterscope.projection.search;

import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.progress.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// What a change of kernels, device, types or ranks brings end to end, at one setting.
///
/// Each draw serves the workload with and without the change, so what both share (the run's speed, the scatter of steps) cancels: the
/// interval is of the change alone.
///
/// @param changes by key of the result block
public record WhatIfEffect(Map<String, Change> changes) {
    /// The results that are compared.
    public static final List<String> KEYS = List.of("output_throughput", "mean_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "p99_tpot_ms",
            "mean_itl_ms", "p99_itl_ms", "mean_e2el_ms", "p99_e2el_ms");

    /// Keeps an unmodifiable copy.
    public WhatIfEffect {
        changes = Map.copyOf(changes);
    }

    /// A change of one result.
    ///
    /// @param percent  best estimate, per cent; negative for less
    /// @param interval its 95 % interval; empty without draws
    public record Change(double percent, Optional<Interval95> interval) {}

    /// The points of a sweep beside the same without the change.
    ///
    /// @param spec      the sweep with the change
    /// @param points    what it came to
    /// @param unchanged the model without the change
    /// @param stopped   true once no further simulation is to be started
    public static List<SweepPoint> addTo(
            List<SweepPoint> points, SweepSpec spec, FittedStepModel unchanged, BooleanSupplier stopped) {
        SweepSpec before =
                new SweepSpec(spec.settings(), spec.scheduler(), spec.blockSize(), spec.prefixCaching(), spec.ranks(), spec.capacity(),
                        spec.workload(), unchanged,
                        new Rule(Goal.standard(Slo.NONE, false), Slo.NONE, spec.rule().level(), spec.rule().present()), spec.draws(),
                        spec.stream());
        List<SweepPoint> without = new Sweep(before, Progress.NONE, stopped).run();
        List<SweepPoint> compared = new ArrayList<>();
        for (SweepPoint point : points) {
            compared.add(without.stream().filter(other -> other.setting().equals(point.setting())).findFirst().map(point::against)
                    .orElse(point));
        }
        return compared;
    }

    static WhatIfEffect of(SweepPoint changed, SweepPoint unchanged) {
        Map<String, Change> changes = new LinkedHashMap<>();
        int draws = Math.min(changed.draws().size(), unchanged.draws().size());
        for (String key : KEYS) {
            double percent = percent(changed.metrics().values(), unchanged.metrics().values(), key);
            if (!Double.isFinite(percent)) {
                continue;
            }
            double[] drawn = new double[draws];
            for (int i = 0; i < draws; i++) {
                drawn[i] = percent(changed.drawn(i), unchanged.drawn(i), key);
            }
            changes.put(key, new Change(percent, draws == 0 ? Optional.empty() : Optional.of(Interval95.of(drawn).with(percent))));
        }
        return new WhatIfEffect(changes);
    }

    private static double percent(Map<String, Double> changed, Map<String, Double> unchanged, String key) {
        return 100 * (changed.getOrDefault(key, Double.NaN) / unchanged.getOrDefault(key, Double.NaN) - 1);
    }
}
