package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Iteration;
import java.util.List;
import java.util.OptionalLong;

/// Steps on another clock, or of an engine that goes by another number.
public final class MovedSteps extends DerivedSteps {

    private final long shiftNanos;
    private final int engine;

    private MovedSteps(List<Iteration> steps, long shiftNanos, int engine) {
        super(steps);
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
    protected Iteration derived(Iteration step, int index) {
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
