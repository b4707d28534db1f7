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
/// halved until one is found. The workload's own rate is known beforehand: where it meets the objective the search begins there, and
/// where it misses it no rate above is tried.
final class RateSearch {
    /// Simulations that a search takes as a rule, for progress.
    static final int TYPICAL_SIMULATIONS = 9;
    /// Simulations that a search from a known rate nearby takes as a rule.
    static final int TYPICAL_NEARBY = 5;

    /// A rate that is found may be this much below the highest, per cent.
    static final double PRECISION_PERCENT = 2;

    private static final int MOST_HALVINGS = 10;
    private static final double PRECISION = 1 + PRECISION_PERCENT / 100;
    /// Shares of the upper end that are probed, ascending.
    private static final double[] PROBES = {0.25, 0.5, 0.7, 1};
    /// First distance from a known rate that is tried; doubled at each further try.
    private static final double FIRST_STEP = 1.04;

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

    /// Mean arrivals per second; empty for a workload without arrival times.
    static OptionalDouble rateOf(Workload workload) {
        List<Request> requests = workload.requests();
        double span = requests.size() < 2
                ? 0
                : (requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos()) / 1e9;
        return span > 0 ? OptionalDouble.of((requests.size() - 1) / span) : OptionalDouble.empty();
    }

    /// The highest rate in requests/s; empty when the workload has no rate (all at once) or the objective is met at none.
    ///
    /// @param metAtOwnRate whether the workload's own rate meets the objective
    OptionalDouble highest(boolean metAtOwnRate) {
        OptionalDouble rate = rateOf(workload);
        return rate.isPresent() ? search(rate.getAsDouble(), metAtOwnRate) : OptionalDouble.empty();
    }

    private OptionalDouble search(double own, boolean metAtOwnRate) {
        double end = sustained();
        double low = metAtOwnRate ? own : 0;
        double high = metAtOwnRate ? end : Math.min(own, end);
        boolean isHighMissed = !metAtOwnRate && own <= end;
        for (double share : PROBES) {
            double probe = share * end;
            if (probe <= low || (isHighMissed && probe >= high)) {
                continue;
            }
            if (!isMetAt(probe / own)) {
                high = probe;
                isHighMissed = true;
                break;
            }
            low = probe;
        }
        if (!isHighMissed) {
            return low > 0 ? OptionalDouble.of(low) : OptionalDouble.empty();
        }
        return below(low, high, own);
    }

    /// The highest rate below one that misses the objective.
    ///
    /// @param met a rate that meets it, or 0
    private OptionalDouble below(double met, double missed, double own) {
        double low = met;
        double high = missed;
        for (int i = 1; low == 0; i++) {
            if (i == MOST_HALVINGS) {
                return OptionalDouble.empty();
            }
            if (isMetAt(high / 2 / own)) {
                low = high / 2;
            } else {
                high /= 2;
            }
        }
        while (high / low > PRECISION) {
            double middle = Math.sqrt(low * high);
            if (isMetAt(middle / own)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return OptionalDouble.of(low);
    }

    /// The highest rate under another draw of the model, searched outwards from the one that the best estimate has.
    ///
    /// @param known        the highest rate of the best estimate, requests/s
    /// @param metAtOwnRate whether this draw meets the objective at the workload's own rate
    OptionalDouble near(double known, boolean metAtOwnRate) {
        OptionalDouble rate = rateOf(workload);
        if (rate.isEmpty() || !(known > 0)) {
            return OptionalDouble.empty();
        }
        double own = rate.getAsDouble();
        double end = sustained();
        double floor = metAtOwnRate ? own : 0;
        double ceiling = metAtOwnRate ? Math.max(end, own) : Math.min(own, end);
        double start = Math.clamp(known, floor, ceiling);
        return start <= floor || isMetAt(start / own) ? upwards(start, ceiling, own) : downwards(start, floor, own);
    }

    private OptionalDouble upwards(double met, double ceiling, double own) {
        double low = met;
        double step = FIRST_STEP;
        while (low < ceiling) {
            double next = Math.min(ceiling, low * step);
            if (!isMetAt(next / own)) {
                return below(low, next, own);
            }
            low = next;
            step *= step;
        }
        return OptionalDouble.of(low);
    }

    private OptionalDouble downwards(double missed, double floor, double own) {
        double high = missed;
        double step = FIRST_STEP;
        for (int i = 0; i < MOST_HALVINGS; i++) {
            double next = high / step;
            if (next <= floor) {
                return below(floor, high, own);
            }
            if (isMetAt(next / own)) {
                return below(next, high, own);
            }
            high = next;
            step = Math.min(4, step * step);
        }
        return OptionalDouble.empty();
    }

    /// Requests/s that complete when all arrive at once.
    private double sustained() {
        return simulate.apply(faster(Double.POSITIVE_INFINITY)).requestThroughput();
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
