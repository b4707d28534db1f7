package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Iteration;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.RandomAccess;

/// Steps on another clock, or of an engine that goes by another number.
public final class MovedSteps extends AbstractList<Iteration> implements RandomAccess {

    private final List<Iteration> steps;
    private final long shiftNanos;
    private final int engine;

    private MovedSteps(List<Iteration> steps, long shiftNanos, int engine) {
        this.steps = steps;
        this.shiftNanos = shiftNanos;
        this.engine = engine;
    }

    /// The steps of an engine, moved.
    ///
    /// @param steps      steps of one engine
    /// @param shiftNanos what is added to their times
    /// @param engine     the number that the engine goes by
    public static List<Iteration> of(List<Iteration> steps, long shiftNanos, int engine) {
        return steps.isEmpty() || (shiftNanos == 0 && steps.getFirst().engine() == engine)
                ? steps
                : new MovedSteps(steps, shiftNanos, engine);
    }

    @Override
    public int size() {
        return steps.size();
    }

    @Override
    public Iteration get(int index) {
        return moved(steps.get(index));
    }

    @Override
    public Iterator<Iteration> iterator() {
        Iterator<Iteration> each = steps.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return each.hasNext();
            }

            @Override
            public Iteration next() {
                return moved(each.next());
            }
        };
    }

    private Iteration moved(Iteration step) {
        return new Iteration(
                engine,
                step.number(),
                shifted(step.startNanos()),
                shifted(step.endNanos()),
                step.elapsedNanos(),
                step.contextRequests(),
                step.contextTokens(),
                step.generationRequests(),
                step.generationTokens(),
                step.kv(),
                step.runningRequests(),
                step.waitingRequests(),
                step.preemptions(),
                step.detail(),
                step.marks());
    }

    private OptionalLong shifted(OptionalLong time) {
        return time.isPresent() ? OptionalLong.of(time.getAsLong() + shiftNanos) : time;
    }
}
