package dev.iterscope.projection.model.kernel;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;

/// Step times as the sum of a step's kernels, read from tables made beforehand. The shared weight pass is paid once for all tokens of
/// a step, context and generation alike. No allocation.
final class KernelStepTimes implements StepTimes {
    private final CompiledStep step;
    private final double[] factors;
    private final double contextFactor;
    private final double[] departs;

    /// @param factors       what each part's time is multiplied by
    /// @param contextFactor what the device's parts of a step with context work are multiplied by besides
    /// @param departs       how many standard deviations each part departs from the prediction where that lies beyond what was measured
    KernelStepTimes(CompiledStep step, double[] factors, double contextFactor, double[] departs) {
        this.step = step;
        this.factors = factors;
        this.contextFactor = contextFactor;
        this.departs = departs;
    }

    @Override
    public long deviceNanos(StepPlan plan) {
        return deviceNanos(plan.counts());
    }

    long deviceNanos(StepCounts counts) {
        double nanos = 0;
        for (int part = 0; part < StepPart.HOST.index(); part++) {
            nanos += factors[part] * step.nanos(part, counts, departs[part]);
        }
        return Math.max(1, (long) (counts.contextRequests() > 0 ? contextFactor * nanos : nanos));
    }

    /// One part of a step.
    double nanos(StepPart part, StepCounts counts) {
        double nanos = factors[part.index()] * step.nanos(part.index(), counts, departs[part.index()]);
        return part != StepPart.HOST && counts.contextRequests() > 0 ? contextFactor * nanos : nanos;
    }

    @Override
    public long hostNanos(StepPlan plan) {
        return (long) nanos(StepPart.HOST, plan.counts());
    }
}
