package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.Warnings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Tells the engines of a log apart: by data-parallel rank, and by process where one rank was several processes (a restarted server,
/// or logs of several servers in one file).
final class Engines {

    /// Bounds what a damaged log can make us remember.
    private static final int MOST = 1024;

    private final Map<Long, Integer> byProcess = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();
    private long lastKey = -1;
    private int lastEngine;
    private int added;

    /// The engine of a rank in a process.
    ///
    /// @param pid process id, or -1 where the line does not say it
    int engineOf(int rank, long pid) {
        long key = pid < 0 ? Long.MAX_VALUE - rank : (long) rank << 40 | pid;
        if (key != lastKey) {
            lastEngine =
                    byProcess.size() >= MOST && !byProcess.containsKey(key) ? rank : byProcess.computeIfAbsent(key, _ -> assign(rank));
            lastKey = key;
        }
        return lastEngine;
    }

    void report(Warnings warnings) {
        warnings.add(
                "several-servers",
                "engine processes beyond the first of their rank: a restart, or logs of several servers; each is an engine of its own",
                added);
    }

    private int assign(int rank) {
        int engine = rank;
        if (!taken.add(engine)) {
            added++;
            while (!taken.add(engine)) {
                engine++;
            }
        }
        return engine;
    }
}
