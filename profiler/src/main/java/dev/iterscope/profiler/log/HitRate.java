package dev.iterscope.profiler.log;

import dev.iterscope.profiler.live.LiveIteration;
import java.util.ArrayDeque;
import java.util.Deque;

/// Prefix-cache hits and queries in tokens over the latest steps that looked something up.
final class HitRate {

    private final int window;
    private final Deque<Lookup> lookups = new ArrayDeque<>();
    private long hits;
    private long queries;

    HitRate(int window) {
        this.window = window;
    }

    void add(LiveIteration.Detail detail) {
        int queried = detail.prefixQueriedTokens().orElse(0);
        if (queried == 0) {
            return;
        }
        Lookup lookup = new Lookup(detail.prefixHitTokens().orElse(0), queried);
        lookups.addLast(lookup);
        hits += lookup.hits;
        queries += lookup.queries;
        if (lookups.size() > window) {
            Lookup oldest = lookups.removeFirst();
            hits -= oldest.hits;
            queries -= oldest.queries;
        }
    }

    long hits() {
        return hits;
    }

    long queries() {
        return queries;
    }

    private record Lookup(int hits, int queries) {}
}
