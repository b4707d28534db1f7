package dev.iterscope.projection.search;

import dev.iterscope.engine.request.Request;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Predicate;

/// Searches the highest request rate at which an objective is met, by scaling all gaps between arrivals.
///
/// No service sustains more than what it serves when everything waits: a finite workload may meet an objective at any rate, since it ends
/// before its queue has grown. So the rate at which requests complete when all arrive at once is the upper end. From there the rate is
/// halved until the objective is met, then bisected to 2 %.
final class RateSearch {
    private static final int MOST_HALVINGS = 10;
    private static final double PRECISION = 1.02;

    private final Workload workload;
    private final Function<Workload, ServingMetrics> simulate;
    private final Predicate<ServingMetrics> isMet;

    /// @param workload what arrives
    /// @param simulate serves a workload
    /// @param isMet    the objective
    RateSearch(Workload workload, Function<Workload, ServingMetrics> simulate, Predicate<ServingMetrics> isMet) {
        this.workload = workload;
        this.simulate = simulate;
        this.isMet = isMet;
    }

    /// The highest rate in requests/s; empty when the workload has no rate (all at once) or the objective is met at none.
    OptionalDouble highest() {
        List<Request> requests = workload.requests();
        double span = requests.size() < 2
                ? 0
                : (requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos()) / 1e9;
        if (span <= 0) {
            return OptionalDouble.empty();
        }
        double rate = (requests.size() - 1) / span;
        ServingMetrics atOnce = simulate.apply(faster(Double.POSITIVE_INFINITY));
        double high = atOnce.requestThroughput();
        if (high <= 0 || isMetAt(high / rate)) {
            return high > 0 ? OptionalDouble.of(high) : OptionalDouble.empty();
        }
        double low = high / 2;
        for (int i = 1; !isMetAt(low / rate); i++) {
            if (i == MOST_HALVINGS) {
                return OptionalDouble.empty();
            }
            high = low;
            low /= 2;
        }
        while (high / low > PRECISION) {
            double middle = Math.sqrt(low * high);
            if (isMetAt(middle / rate)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return OptionalDouble.of(low);
    }

    private boolean isMetAt(double factor) {
        return isMet.test(simulate.apply(faster(factor)));
    }

    private Workload faster(double factor) {
        List<Request> requests = new ArrayList<>(workload.requests().size());
        for (Request request : workload.requests()) {
            requests.add(request.arrivingAt(Math.round(request.arrivalNanos() / factor)));
        }
        return new Workload(workload.source(), requests, workload.maxConcurrency(), workload.assumption());
    }
}
