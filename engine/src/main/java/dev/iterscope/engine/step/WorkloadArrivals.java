package dev.iterscope.engine.step;

import dev.iterscope.engine.request.Request;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The requests of a list at their arrival times, or later where the client keeps only so many open at once: it then sends the
/// next when one ends, as `vllm bench serve --max-concurrency` does.
public final class WorkloadArrivals implements Arrivals {
    private final List<Request> requests;
    private final int maxOpen;
    private int next;
    private int open;
    private long slotFreeNanos;

    /// @param requests       in ascending order of arrival
    /// @param maxConcurrency most requests open at once; empty for no limit
    public WorkloadArrivals(List<Request> requests, OptionalInt maxConcurrency) {
        this.requests = List.copyOf(requests);
        this.maxOpen = maxConcurrency.orElse(Integer.MAX_VALUE);
        if (maxOpen < 1) {
            throw new IllegalArgumentException("max concurrency must be at least 1: " + maxOpen);
        }
    }

    @Override
    public OptionalLong nextNanos() {
        if (exhausted() || open >= maxOpen) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(sendNanos());
    }

    @Override
    public @Nullable Request poll(long nowNanos) {
        if (exhausted() || open >= maxOpen || sendNanos() > nowNanos) {
            return null;
        }
        Request request = requests.get(next);
        long at = sendNanos();
        next++;
        open++;
        return at == request.arrivalNanos() ? request : request.arrivingAt(at);
    }

    @Override
    public boolean exhausted() {
        return next >= requests.size();
    }

    @Override
    public void ended(Request request, long nowNanos) {
        if (open == maxOpen) {
            slotFreeNanos = nowNanos;
        }
        open--;
    }

    private long sendNanos() {
        return Math.max(requests.get(next).arrivalNanos(), slotFreeNanos);
    }
}
