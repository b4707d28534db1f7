package dev.iterscope.projection.answer;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.model.RunSteps;
import dev.iterscope.projection.model.StepTerm;
import dev.iterscope.projection.model.kernel.StepPart;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// A fitted model of whole steps with some of its physical terms made faster: what a better attention kernel would buy. Each step
/// loses the share that the term has in it times 1 - 1 / factor.
public final class WhatIf implements FittedStepModel {
    private final IterationStepModel base;
    private final Map<StepTerm, Double> saved;

    private WhatIf(IterationStepModel base, Map<StepTerm, Double> saved) {
        this.base = base;
        this.saved = saved;
    }

    /// The sources with a faster model in place of the fitted one; unchanged where none can be fitted.
    ///
    /// @throws UserInputException when the recording cannot tell a part apart
    public static Sources faster(Sources sources, Map<StepPart, Double> factors) {
        IterationFit fit = sources.recording()
                .map(recording -> IterationModels.fit(recording, sources.each(), IterationOptions.DEFAULTS))
                .orElse(new IterationFit.NotPossible("", ""));
        if (!(fit instanceof IterationFit.Fitted(IterationStepModel model))) {
            return sources;
        }
        Map<StepTerm, Double> saved = new EnumMap<>(StepTerm.class);
        factors.forEach((part, factor) -> saved.put(term(part), 1 - 1 / factor));
        return sources.with(new WhatIf(model, saved));
    }

    private static StepTerm term(StepPart part) {
        return switch (part) {
            case GEMM -> StepTerm.DENSE;
            case CONTEXT_ATTENTION -> StepTerm.CONTEXT_ATTENTION;
            case GENERATION_ATTENTION -> StepTerm.GENERATION_ATTENTION;
            case ELEMENTWISE, ALL_REDUCE, HEAD, HOST -> throw UserInputException.usage("--kernel-speedup " + part.label()
                    + ": a recording without kernels does not tell this part apart; give --kernel-profile or --kernel-model");
        };
    }

    private StepTimes faster(StepTimes times) {
        return new StepTimes() {
            @Override
            public long deviceNanos(StepPlan plan) {
                return Math.max(1, Math.round(times.deviceNanos(plan) * keptShare(plan.counts())));
            }

            @Override
            public long hostNanos(StepPlan plan) {
                return times.hostNanos(plan);
            }
        };
    }

    private double keptShare(StepCounts counts) {
        double all = 0;
        double less = 0;
        for (Map.Entry<StepTerm, Double> term : base.contributions(counts).entrySet()) {
            all += term.getValue();
            less += term.getValue() * saved.getOrDefault(term.getKey(), 0.0);
        }
        return all > 0 ? 1 - less / all : 1;
    }

    @Override
    public StepTimes point() {
        return faster(base.point());
    }

    @Override
    public StepTimes draw(int index, long seed) {
        return faster(base.draw(index, seed));
    }

    @Override
    public ModelSummary summary() {
        return base.summary();
    }

    @Override
    public Support supportFor(Collection<StepCounts> visited) {
        return base.supportFor(visited);
    }

    @Override
    public Optional<MissingData> missing(RunSteps run) {
        return base.missing(run);
    }

    @Override
    public Support supportAfter(RunSteps more, RunSteps predicted) {
        return base.supportAfter(more, predicted);
    }
}
