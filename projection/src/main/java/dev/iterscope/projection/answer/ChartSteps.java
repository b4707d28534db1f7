package dev.iterscope.projection.answer;

import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.ChartStep;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// Steps of a recording for charts over time, at most [#MOST] of them, evenly spread over every engine and in order of time.
final class ChartSteps {
    static final int MOST = 2000;

    private ChartSteps() {}

    static List<ChartStep> of(Recording recording, Optional<FittedStepModel> model) {
        List<Iteration> all = recording.iterations().stream().filter(step -> !step.isDummy()).toList();
        int every = Math.max(1, (all.size() + MOST - 1) / MOST);
        long origin = all.stream().flatMapToLong(step -> time(step).stream()).min().orElse(0);
        List<ChartStep> steps = new ArrayList<>();
        for (int i = 0; i < all.size(); i += every) {
            Iteration step = all.get(i);
            OptionalLong time = time(step);
            steps.add(new ChartStep(
                    time.isPresent() ? (time.getAsLong() - origin) / 1e9 : i,
                    step.contextTokens(),
                    step.generationTokens(),
                    step.runningRequests(),
                    step.waitingRequests(),
                    step.kv().map(ChartSteps::share).orElse(OptionalDouble.empty()),
                    step.elapsedNanos().isPresent()
                            ? OptionalDouble.of(step.elapsedNanos().getAsLong() / 1e6)
                            : OptionalDouble.empty(),
                    model.map(found -> predicted(found, step)).orElse(OptionalDouble.empty())));
        }
        steps.sort(Comparator.comparingDouble(ChartStep::seconds));
        return steps;
    }

    /// What the model says, where the recording tells the step's work; an iteration model alone can be asked about counts.
    private static OptionalDouble predicted(FittedStepModel model, Iteration step) {
        return model instanceof IterationStepModel iterations && step.detail().isPresent()
                ? OptionalDouble.of(iterations.contributions(RecordedCounts.of(step, step.detail().get())).values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sum()
                        / 1e6)
                : OptionalDouble.empty();
    }

    private static OptionalLong time(Iteration step) {
        return step.endNanos().isPresent() ? step.endNanos() : step.startNanos();
    }

    private static OptionalDouble share(KvUsage usage) {
        if (usage.share().isPresent()) {
            return usage.share();
        }
        return usage.blocksUsed().isPresent() && usage.blocksTotal().orElse(0) > 0
                ? OptionalDouble.of((double) usage.blocksUsed().getAsLong() / usage.blocksTotal().getAsLong())
                : OptionalDouble.empty();
    }
}
