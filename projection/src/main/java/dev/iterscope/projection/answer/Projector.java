package dev.iterscope.projection.answer;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.WorkloadFacts;
import dev.iterscope.projection.search.KvCapacity;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Recommender;
import dev.iterscope.projection.search.Sweep;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.search.SweepSpec;
import dev.iterscope.projection.workload.InferredWorkload;
import dev.iterscope.projection.workload.RecordedWorkload;
import dev.iterscope.projection.workload.Trace;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/// Projects a recorded service: fits the step model, finds the workload and the conditions, sweeps, and recommends.
public final class Projector {
    private static final String GIVE_WORKLOAD =
            "give the requests with --workload, or --num-prompts with --random-input-len and --random-output-len";
    private static final String GIVE_BLOCKS =
            "give --num-gpu-blocks-override (vLLM prints it at start: '# GPU blocks' or 'GPU KV cache size'), or record from the server's start";

    private final Recording recording;
    private final ConditionOptions conditionOptions;
    private final WorkloadOptions workloadOptions;
    private final Progress progress;
    private final BooleanSupplier stopped;

    /// @param recording        what was recorded, from one or more sources
    /// @param conditionOptions under which conditions to sweep
    /// @param workloadOptions  what to serve, where it is not what was recorded
    /// @param progress         is told of finished simulations
    /// @param stopped          true once no further simulation is to be started
    public Projector(
            Recording recording,
            ConditionOptions conditionOptions,
            WorkloadOptions workloadOptions,
            Progress progress,
            BooleanSupplier stopped) {
        this.recording = recording;
        this.conditionOptions = conditionOptions;
        this.workloadOptions = workloadOptions;
        this.progress = progress;
        this.stopped = stopped;
    }

    /// A workload and whether an answer may rest on it.
    ///
    /// @param workload what is served
    /// @param doubt    why no recommendation can rest on it; empty when one can
    private record Served(Workload workload, Optional<String> doubt) {}

    /// The report. Never fails for want of knowledge: what cannot be known is refused in the report.
    ///
    /// @throws UserInputException for options or a workload that cannot be used
    public ProjectionReport project() {
        OptionalInt present = presentBudget();
        Optional<Served> served = served(present);
        IterationFit fit = recording.iterations().isEmpty()
                ? new IterationFit.NotPossible("the recording holds no steps", "record the engine's iterations")
                : IterationModels.fit(recording, IterationOptions.DEFAULTS);
        return switch (fit) {
            case IterationFit.NotPossible(String reason, String remedy) ->
                    withoutSweep(present, unfitted(reason, remedy), served, Recommender.refuse(reason, Optional.of(remedy)));
            case IterationFit.Fitted(FittedStepModel model) -> served.isPresent()
                    ? swept(present, model, served.get())
                    : withoutSweep(
                            present,
                            model.summary(),
                            served,
                            Recommender.refuse("the recording shows no requests and none can be inferred", Optional.of(GIVE_WORKLOAD)));
        };
    }

    /// Whether the recording says how much the KV cache holds, or the user does.
    public boolean knowsKvCapacity() {
        return conditionOptions.kvBlocks().isPresent() || recording.settings().kvCapacityTokens().isPresent();
    }

    private OptionalInt presentBudget() {
        Optional<Integer> present = Conditions.presentBudget(recording);
        return present.isPresent() ? OptionalInt.of(present.get()) : OptionalInt.empty();
    }

    private Optional<Served> served(OptionalInt present) {
        if (workloadOptions.file().isPresent() || workloadOptions.asksForSynthetic()) {
            return Optional.of(new Served(Workloads.make(workloadOptions, OptionalInt.empty()), Optional.empty()));
        }
        Optional<Trace> recorded = RecordedWorkload.trace(recording);
        if (recorded.isPresent()) {
            return Optional.of(new Served(Workloads.apply(recorded.get(), workloadOptions, OptionalInt.empty()), Optional.empty()));
        }
        if (present.isEmpty()) {
            return Optional.empty();
        }
        return InferredWorkload.of(recording, present.getAsInt()).map(guess -> new Served(
                Workloads.apply(guess.trace(), workloadOptions, OptionalInt.empty()),
                guess.outputSeen()
                        ? Optional.empty()
                        : Optional.of("no request was seen to end, so the workload had to be assumed; " + GIVE_WORKLOAD)));
    }

    private static ModelSummary unfitted(String reason, String remedy) {
        return new ModelSummary(
                ModelSummary.Level.ITERATION,
                false,
                List.of(reason),
                Optional.of(remedy),
                List.of(),
                new ModelSummary.Fit(0, 0, OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty()));
    }

    private ProjectionReport swept(OptionalInt present, FittedStepModel model, Served served) {
        Settings settings = recording.settings();
        Conditions conditions = Conditions.resolve(conditionOptions, settings, present, served.workload());
        KvCapacity capacity =
                KvCapacities.resolve(conditionOptions, List.of(settings), present, conditions.blockSize());
        SweepSpec spec = new SweepSpec(
                conditions.settings(),
                conditions.scheduler(),
                conditions.blockSize(),
                conditions.prefixCaching(),
                capacity,
                served.workload(),
                model,
                conditionOptions.slo(),
                conditionOptions.draws(),
                conditionOptions.seed());
        List<SweepPoint> points = new Sweep(spec, progress, stopped).run();
        Optional<String> refusal = capacity instanceof KvCapacity.Unknown
                ? Optional.of("the KV capacity is not known, and it decides when requests wait or are preempted; " + GIVE_BLOCKS)
                : served.doubt();
        Recommendation recommendation = new Recommender(
                points, present, conditionOptions.slo(), Optional.of(model.summary()))
                .recommend(refusal);
        return report(
                present, model.summary(), Optional.of(served), points, recommendation, notes(spec, capacity, conditions.notes()));
    }

    private static List<String> notes(SweepSpec spec, KvCapacity capacity, List<String> conditions) {
        List<String> notes = new ArrayList<>(conditions);
        notes.add(capacity.basis());
        if (spec.draws() > 0 && spec.workload().requests().size() > Sweep.DRAW_REQUESTS) {
            notes.add("intervals come from the first " + Sweep.DRAW_REQUESTS + " requests");
        }
        return notes;
    }

    private ProjectionReport withoutSweep(
            OptionalInt present, ModelSummary model, Optional<Served> served, Recommendation recommendation) {
        return report(present, model, served, List.of(), recommendation, List.of());
    }

    private ProjectionReport report(
            OptionalInt present,
            ModelSummary model,
            Optional<Served> served,
            List<SweepPoint> points,
            Recommendation recommendation,
            List<String> notes) {
        return new ProjectionReport(
                Optional.of(recording),
                Optional.of(model),
                KernelTable.of(recording),
                served.map(found -> WorkloadFacts.of(found.workload())),
                conditionOptions.slo(),
                present,
                points,
                List.of(),
                Optional.empty(),
                recommendation,
                notes,
                ChartSteps.of(recording));
    }
}
