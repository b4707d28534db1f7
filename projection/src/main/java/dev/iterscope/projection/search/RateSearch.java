package dev.iterscope.projection.search;

import dev.iterscope.engine.request.Request;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/// Searches the highest request rate at which an objective is met, by scaling all gaps between arrivals: doubling or halving until
/// the answer lies between two rates, then bisecting to 2 %.
final class RateSearch {
    private static final int MOST_DOUBLINGS = 8;
    private static final double PRECISION = 1.02;

    private RateSearch() {}

    /// The highest rate in requests/s; empty when the workload has no rate (all at once) or the objective is met at none.
    static OptionalDouble highest(Workload workload, Predicate<Workload> isMet) {
        List<Request> requests = workload.requests();
        double span = requests.size() < 2
                ? 0
                : (requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos()) / 1e9;
        if (span <= 0) {
            return OptionalDouble.empty();
        }
        double rate = (requests.size() - 1) / span;
        double low = 1;
        double high = 1;
        if (isMet.test(workload)) {
            for (int i = 0; i < MOST_DOUBLINGS; i++) {
                high = low * 2;
                if (!isMet.test(faster(workload, high))) {
                    break;
                }
                low = high;
            }
            if (low == high) {
                return OptionalDouble.of(rate * low);
            }
        } else {
            for (int i = 0; i < MOST_DOUBLINGS; i++) {
                low = high / 2;
                if (isMet.test(faster(workload, low))) {
                    break;
                }
                high = low;
            }
            if (low == high) {
                return OptionalDouble.empty();
            }
        }
        while (high / low > PRECISION) {
            double middle = Math.sqrt(low * high);
            if (isMet.test(faster(workload, middle))) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return OptionalDouble.of(rate * low);
    }

    private static Workload faster(Workload workload, double factor) {
        List<Request> requests = new ArrayList<>(workload.requests().size());
        for (Request request : workload.requests()) {
            requests.add(request.arrivingAt(Math.round(request.arrivalNanos() / factor)));
        }
        return new Workload(workload.source(), requests, workload.maxConcurrency(), workload.assumption());
    }
}
