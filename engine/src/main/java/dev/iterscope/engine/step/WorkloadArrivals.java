package dev.iterscope.engine.step;

import dev.iterscope.engine.request.Request;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The requests of a list at their arrival times, or later where the client keeps only so many open at once: it then sends the
/// next when one ends, as `vllm bench serve --max-concurrency` does.
public final class WorkloadArrivals implements Arrivals {
    private final List<Request> requests;
    private final int maxOpen;
    /// Sent, but not yet taken by the loop.
    private final ArrayDeque<Request> sent = new ArrayDeque<>();
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
        if (!sent.isEmpty()) {
            return OptionalLong.of(sent.element().arrivalNanos());
        }
        return canSend() ? OptionalLong.of(sendNanos()) : OptionalLong.empty();
    }

    @Override
    public @Nullable Request poll(long nowNanos) {
        sendUntil(nowNanos);
        return sent.poll();
    }

    @Override
    public boolean exhausted() {
        return sent.isEmpty() && next >= requests.size();
    }

    /// What was sent before this end, while there was still a free place, keeps its time; what had to wait is sent now.
    @Override
    public void ended(Request request, long nowNanos) {
        if (maxOpen == Integer.MAX_VALUE) {
            return;
        }
        sendUntil(nowNanos);
        if (open == maxOpen) {
            slotFreeNanos = nowNanos;
        }
        open--;
    }

    private void sendUntil(long nowNanos) {
        while (canSend() && sendNanos() <= nowNanos) {
            Request request = requests.get(next);
            long at = sendNanos();
            sent.add(at == request.arrivalNanos() ? request : request.arrivingAt(at));
            next++;
            open += maxOpen == Integer.MAX_VALUE ? 0 : 1;
        }
    }

    private boolean canSend() {
        return next < requests.size() && open < maxOpen;
    }

    private long sendNanos() {
        return Math.max(requests.get(next).arrivalNanos(), slotFreeNanos);
    }
}
