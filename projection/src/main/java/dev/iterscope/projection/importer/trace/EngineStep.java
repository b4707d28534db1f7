package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.IterationDraft;

/// A step of an engine, with what the ranges of all its processes and the device's work say about its time.
final class EngineStep {

    final int engine;
    final long number;
    private final IterationDraft draft;
    private long rangeStart;
    private long rangeEnd;
    private long firstWorkStart = Long.MAX_VALUE;
    private long firstLaunch;
    private long lastWorkEnd = Long.MIN_VALUE;
    private int launches;
    private int graphLaunches;
    private int hiddenGraphs;

    EngineStep(int engine, long number, StepRange range) {
        this.engine = engine;
        this.number = number;
        this.draft = range.draft();
        this.rangeStart = range.start;
        this.rangeEnd = range.end;
    }

    /// Another process's range of the same step.
    void join(StepRange range) {
        rangeStart = Math.min(rangeStart, range.start);
        rangeEnd = Math.max(rangeEnd, range.end);
    }

    void launched(boolean graph) {
        launches++;
        graphLaunches += graph ? 1 : 0;
    }

    /// Work on a device.
    ///
    /// @param launch when the host asked for it
    void worked(long launch, long start, long end, boolean hiddenGraph) {
        if (start < firstWorkStart) {
            firstWorkStart = start;
            firstLaunch = launch;
        }
        lastWorkEnd = Math.max(lastWorkEnd, end);
        hiddenGraphs += hiddenGraph ? 1 : 0;
    }

    IterationDraft draft() {
        return draft;
    }

    boolean hasContextWork() {
        return draft.contextTokens() > 0;
    }

    boolean hasWork() {
        return lastWorkEnd != Long.MIN_VALUE;
    }

    boolean hidesKernels() {
        return hiddenGraphs > 0 || (graphLaunches > 0 && !hasWork());
    }

    int launches() {
        return launches;
    }

    int graphLaunches() {
        return graphLaunches;
    }

    long rangeStart() {
        return rangeStart;
    }

    long rangeEnd() {
        return rangeEnd;
    }

    /// When the step's own time can have begun at the earliest. Launches queue up behind earlier work, so the begin of its range is
    /// moved by the time that its first work waited in the queue.
    long begin() {
        return hasWork() ? Math.max(rangeStart, firstWorkStart - Math.max(0, firstLaunch - rangeStart)) : rangeStart;
    }

    /// When its result was there: the host may return before the device is done, or after.
    long result() {
        return Math.max(rangeEnd, lastWorkEnd);
    }
}
