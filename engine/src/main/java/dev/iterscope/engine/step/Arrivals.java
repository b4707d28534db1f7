package dev.iterscope.engine.step;

import dev.iterscope.engine.request.Request;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Where a step loop's requests come from: a workload, a closed-loop client, or a queue that other threads fill. Called only on the
/// loop's thread, between steps.
public interface Arrivals {

    /// When the next request arrives, as far as is known now; empty when none is known.
    OptionalLong nextNanos();

    /// Takes the next request that has arrived by `nowNanos`; null when there is none.
    @Nullable Request poll(long nowNanos);

    /// Takes the id of a request that its user gave up by `nowNanos`; null when there is none.
    default @Nullable String pollAbort(long nowNanos) {
        return null;
    }

    /// True when no request will ever arrive any more, whatever happens.
    boolean exhausted();

    /// A request ended, was aborted or was rejected: a client that keeps a number of requests open may send the next.
    default void ended(Request request, long nowNanos) {}
}
