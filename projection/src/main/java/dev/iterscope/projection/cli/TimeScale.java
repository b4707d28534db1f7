package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.Request;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Emulated seconds per predicted second. Arrivals are stretched with the steps, and results are given in predicted time again, so that
/// a run at any scale answers the same question.
///
/// @param factor above 0; 1 for real time
record TimeScale(double factor) {

    Workload stretch(Workload workload) {
        if (factor == 1) {
            return workload;
        }
        List<Request> requests = new ArrayList<>(workload.requests().size());
        for (Request request : workload.requests()) {
            requests.add(request.arrivingAt(Math.round(request.arrivalNanos() * factor)));
        }
        return new Workload(workload.source(), requests, workload.maxConcurrency(), workload.assumption());
    }

    GoodputLimits stretch(GoodputLimits limits) {
        return new GoodputLimits(limits.ttftMs() * factor, limits.tpotMs() * factor, limits.e2elMs() * factor);
    }

    /// Results in predicted time: durations shrink by the factor, rates grow by it.
    Map<String, Double> unstretch(Map<String, Double> values) {
        Map<String, Double> result = new LinkedHashMap<>(values);
        result.replaceAll((key, value) -> {
            if (key.endsWith("_ms") || key.equals("duration")) {
                return value / factor;
            }
            boolean rate = key.endsWith("_throughput") || key.endsWith("_goodput") || key.endsWith("_per_s");
            return rate ? value * factor : value;
        });
        return result;
    }
}
