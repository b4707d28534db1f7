package dev.iterscope.projection.simulate;

import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.step.WorkloadArrivals;
import dev.iterscope.projection.workload.Workload;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;

/// Sends the requests of a workload to data-parallel ranks, one by one in the order of their times, each to the rank with the smallest
/// 4 x waiting + running at its time: see [DataParallel].
final class Router {
    private static final int WAITING_WEIGHT = 4;

    /// A request that ended, and when.
    private record End(Request request, long nanos) {}

    private final WorkloadArrivals source;
    /// Ranks run ahead of each other by up to a step, so ends are told to the client in the order of their times.
    private final PriorityQueue<End> ends = new PriorityQueue<>(Comparator.comparingLong(End::nanos));
    private List<Rank> ranks = List.of();

    Router(Workload workload) {
        this.source = new WorkloadArrivals(workload.requests(), workload.maxConcurrency());
    }

    /// The ranks to choose from.
    void serve(List<Rank> all) {
        ranks = List.copyOf(all);
    }

    /// Routes the next request if it is sent by `nowNanos`, up to which all ranks must have come.
    ///
    /// @return false when there is none
    boolean routeNext(long nowNanos) {
        while (!ends.isEmpty() && ends.element().nanos() <= nowNanos) {
            End end = ends.remove();
            source.ended(end.request(), end.nanos());
        }
        Request request = source.poll(nowNanos);
        if (request == null) {
            return false;
        }
        Rank least = ranks.getFirst();
        long fewest = Long.MAX_VALUE;
        for (Rank rank : ranks) {
            long load = WAITING_WEIGHT * rank.waitingAt(request.arrivalNanos()) + rank.runningAt(request.arrivalNanos());
            if (load < fewest) {
                fewest = load;
                least = rank;
            }
        }
        least.take(request);
        return true;
    }

    /// When something happens next here, if no rank does anything before; empty when nothing will.
    OptionalLong nextNanos() {
        OptionalLong sent = source.nextNanos();
        if (source.exhausted() || ends.isEmpty()) {
            return sent;
        }
        long ended = ends.element().nanos();
        return OptionalLong.of(sent.isPresent() ? Math.min(sent.getAsLong(), ended) : ended);
    }

    /// A request ended at some rank.
    void ended(Request request, long nowNanos) {
        ends.add(new End(request, nowNanos));
    }
}
