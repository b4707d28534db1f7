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
/// before its queue has grown. So the rate at which requests complete when all arrive at once is the upper end. Whether an objective is met
/// need not fall with the rate (where all arrive at once, no prompt interrupts a decode), so rates are probed upwards from a quarter of that
/// end, and the first that misses the objective ends the search: it is bisected to 2 % below there. Where a quarter misses it, the rate is
/// halved until one is found.
final class RateSearch {
    /// Simulations that a search takes as a rule, for progress.
    static final int TYPICAL_SIMULATIONS = 9;

    private static final int MOST_HALVINGS = 10;
    private static final double PRECISION = 1.02;
    /// Shares of the upper end that are probed, ascending.
    private static final double[] PROBES = {0.25, 0.5, 0.7, 1};

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
        return high > 0 ? highest(rate, high) : OptionalDouble.empty();
    }

    private OptionalDouble highest(double rate, double end) {
        double low = 0;
        double high = end;
        for (double share : PROBES) {
            if (!isMetAt(share * end / rate)) {
                high = share * end;
                break;
            }
            low = share * end;
        }
        if (low == end) {
            return OptionalDouble.of(end);
        }
        for (int i = 1; low == 0; i++) {
            if (i == MOST_HALVINGS) {
                return OptionalDouble.empty();
            }
            if (isMetAt(high / 2 / rate)) {
                low = high / 2;
            } else {
                high /= 2;
            }
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
