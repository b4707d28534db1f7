package dev.iterscope.projection.answer;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.compare.RecordedResults;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.KvFill;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.report.ChartStep;
import dev.iterscope.projection.report.Deployment;
import dev.iterscope.projection.report.KernelRow;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.Provenance;
import dev.iterscope.projection.report.WorkloadFacts;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.Evaluator;
import dev.iterscope.projection.search.Goal;
import dev.iterscope.projection.search.KvCapacity;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Objective;
import dev.iterscope.projection.search.OtherKnobs;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Recommender;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.Sweep;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.search.SweepSpec;
import dev.iterscope.projection.search.WhatIfEffect;
import dev.iterscope.projection.serving.ServingEngines;
import dev.iterscope.projection.simulate.DataParallel;
import dev.iterscope.projection.workload.RecordedWorkload;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/// Projects a service: fits the step model, finds the workload and the conditions, sweeps, and recommends.
public final class Projector {
    /// Every step has the same token budget.
    private static final String STATIC_BUDGET = "static";

    private static final double NANOS_PER_MICRO = 1000;
    /// From this share of steps with a full KV cache on, memory limits a service.
    private static final double MOSTLY_FULL = 0.5;
    /// One stream for every command: a seed must not decide.
    private static final long DRAW_STREAM = 0;

    private final Sources sources;
    private final ConditionOptions conditions;
    private final WorkloadOptions workload;
    private final Progress progress;
    private final BooleanSupplier stopped;
    private Effort effort = new Effort(0, 0);

    /// What simulating cost, for those who watch; never part of a result.
    ///
    /// @param iterations steps simulated, over all points and draws
    /// @param nanos      wall clock
    public record Effort(long iterations, long nanos) {}

    /// @param sources    what to start from
    /// @param conditions under which conditions to sweep
    /// @param workload   what to serve, where it is not what was recorded
    /// @param progress   is told of finished simulations
    /// @param stopped    true once no further simulation is to be started
    public Projector(
            Sources sources, ConditionOptions conditions, WorkloadOptions workload, Progress progress, BooleanSupplier stopped) {
        this.sources = sources;
        this.conditions = conditions;
        this.workload = workload;
        this.progress = progress;
        this.stopped = stopped;
    }

    /// What preparing found: everything that a sweep needs, or what is missing.
    public sealed interface Preparation {
        /// A sweep can be made.
        ///
        /// @param prepared all that it needs
        record Ready(Prepared prepared) implements Preparation {}

        /// None can.
        ///
        /// @param model  what is known of the step model
        /// @param reason what is missing
        /// @param remedy what to do about it
        record Missing(ModelSummary model, String reason, String remedy) implements Preparation {}
    }

    /// What the last sweep cost.
    public Effort effort() {
        return effort;
    }

    /// The report. Never fails for want of knowledge: what cannot be known is refused in the report.
    ///
    /// @throws UserInputException for options or a workload that cannot be used
    public ProjectionReport project() {
        return switch (prepare()) {
            case Preparation.Ready(Prepared prepared) -> project(prepared, simulate(prepared), List.of());
            case Preparation.Missing(ModelSummary model, String reason, String remedy) -> missing(model, reason, remedy);
        };
    }

    /// Fits, finds workload and conditions; simulates nothing.
    public Preparation prepare() {
        Optional<FittedStepModel> given = sources.model();
        IterationFit fit = given.isPresent() ? new IterationFit.NotPossible("", "") : sources.fit();
        if (given.isEmpty() && fit instanceof IterationFit.NotPossible(String reason, String remedy)) {
            return new Preparation.Missing(unfitted(reason, remedy), reason, remedy);
        }
        FittedStepModel text = given.orElseGet(() -> ((IterationFit.Fitted) fit).model());
        OptionalInt present = presentBudget();
        Optional<Served> served = Served.find(workload, sources.served(), present, ranks().size());
        boolean encodes = served.isPresent() && served.get().workload().hasEncoderInputs();
        OptionalDouble micros = conditions.encoderTokenMicros();
        if (encodes && micros.isEmpty()) {
            return new Preparation.Missing(
                    text.summary(),
                    "the workload has encoder inputs, and nothing says what encoding them costs",
                    "give --encoder-token-micros (measured: time of the encoder / its output tokens)");
        }
        FittedStepModel model = encodes ? new WithEncoder(text, micros.getAsDouble() * NANOS_PER_MICRO) : text;
        return served.isPresent()
                ? new Preparation.Ready(prepared(model, present, served.get()))
                : new Preparation.Missing(
                        model.summary(),
                        sources.recording().isPresent()
                                ? "the recording shows no requests and none can be inferred"
                                : "kernels alone do not say what is served",
                        Served.GIVE_WORKLOAD);
    }

    private OptionalInt presentBudget() {
        Optional<Integer> present = sources.served().flatMap(Conditions::presentBudget);
        return present.isPresent() ? OptionalInt.of(present.get()) : OptionalInt.empty();
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

    private DataParallel ranks() {
        return Conditions.ranks(conditions, sources.ranks());
    }

    private Deployment deployment() {
        Settings settings = sources.settings();
        String policy = Conditions.policy(settings).name().toLowerCase(Locale.ROOT);
        // Steps built of kernels are of one tensor-parallel group whose ranks hold a part of every expert; a fit takes in what was served.
        return sources.model().orElse(null) instanceof KernelStepModel kernels
                ? new Deployment(policy, STATIC_BUDGET, OptionalInt.of(kernels.options().tensorParallel()), ranks().size(),
                        Optional.of(false), OptionalInt.of(1))
                : new Deployment(policy, STATIC_BUDGET, settings.tensorParallel(), ranks().size(), Optional.empty(),
                        settings.pipelineParallel());
    }

    private Prepared prepared(FittedStepModel model, OptionalInt present, Served served) {
        Conditions resolved = Conditions.resolve(conditions, sources.settings(), present, served.workload(), ranks());
        KvCapacity capacity = KvCapacities.resolve(conditions, sources, present, resolved.blockSize());
        Optional<Setting> now = Setting.present(resolved.settings(), present, sources.settings().maxNumSeqs());
        SweepSpec spec = new SweepSpec(
                resolved.settings(),
                resolved.scheduler(),
                resolved.blockSize(),
                resolved.prefixCaching(),
                resolved.ranks(),
                capacity,
                served.workload(),
                model,
                rule(now, served.workload()),
                conditions.draws(),
                DRAW_STREAM);
        return new Prepared(now, spec, served.doubt(), served.assumed(), resolved.notes());
    }

    /// What is maximised: what the user named; otherwise the highest rate where there is an objective and requests have arrival times.
    private Rule rule(Optional<Setting> now, Workload served) {
        Goal goal = conditions.goal().<Goal>map(key -> key)
                .orElseGet(() -> Goal.standard(conditions.slo(), WorkloadFacts.of(served, workload).requestRate().isPresent()));
        return new Rule(goal, conditions.slo(), conditions.level(), now);
    }

    /// Simulates a prepared sweep. After a stop only the points that were reached are there.
    public List<SweepPoint> simulate(Prepared prepared) {
        Sweep sweep = new Sweep(prepared.spec(), progress, stopped);
        long startNanos = System.nanoTime();
        List<SweepPoint> points = sources.baseline()
                .map(unchanged -> WhatIfEffect.addTo(sweep.run(), prepared.spec(), unchanged, stopped))
                .orElseGet(sweep::run);
        effort = new Effort(sweep.iterations(), System.nanoTime() - startNanos);
        return points;
    }

    /// What makes the KV capacity known.
    private String whatToGive() {
        return sources.settings().kvBlocks().isPresent()
                ? "the recording shows " + sources.settings().kvBlocks().getAsLong() + " KV blocks and not their size: give --block-size"
                : "give --num-gpu-blocks-override"
                        + ServingEngines.of(sources.settings()).orElseGet(ServingEngines::ofOptions).whereCapacityIs()
                        + ", or record from the server's start";
    }

    private Optional<Refusal> refusal(Prepared prepared, List<SweepPoint> points) {
        int wanted = prepared.settings().size();
        if (points.size() < wanted) {
            return Optional.of(new Refusal("interrupted: " + points.size() + " of " + wanted + " settings were simulated",
                    "let all settings be simulated"));
        }
        if (ExplainsNothing.of(prepared.model().summary())) {
            return Optional.of(ExplainsNothing.refusal(prepared.model().summary()));
        }
        return prepared.spec().capacity() instanceof KvCapacity.Unknown
                ? Optional.of(new Refusal("the KV capacity is not known, and it decides when requests wait or are preempted", whatToGive()))
                : prepared.doubt();
    }

    /// The report of a simulated sweep, beside what was measured.
    ///
    /// @param points   what was simulated
    /// @param measured measurements of the same settings; empty for none
    public ProjectionReport project(Prepared prepared, List<SweepPoint> points, List<MeasuredPoint> measured) {
        SweepSpec spec = prepared.spec();
        ModelSummary summary = spec.model().summary();
        Optional<Refusal> refusal = refusal(prepared, points);
        Recommendation answer = otherKnobs(
                prepared,
                points,
                new Recommender(points, spec.rule(), Optional.of(summary), recordingName())
                        .recommend(refusal.map(Refusal::words))
                        .under(prepared.assumed()))
                .firstly(refusal.map(Refusal::remedy))
                .inTheWordsOf(ServingEngines.of(sources.settings()).orElseGet(ServingEngines::ofOptions), prepared.present());
        answer = memory(answer).map(answer::with).orElse(answer);
        Optional<Setting> chosen = answer.setting();
        Optional<Evaluation> evaluation = measured.isEmpty()
                ? Optional.empty()
                : Optional.of(Evaluator.evaluate(
                        points, measured, new Objective(spec.slo(), spec.rule().goal()), chosen, prepared.present()));
        return report(
                summary, Optional.of(spec.model()), Optional.of(WorkloadFacts.of(spec.workload(), workload)), Optional.of(spec.rule()),
                prepared.present(), points, recorded(), measured,
                evaluation, answer, notes(prepared, measured));
    }

    /// What the service achieved when it was recorded, where the sweep serves the same requests with the same kernels.
    private Map<String, Double> recorded() {
        return workload.leavesRequestsAsRecorded() && sources.baseline().isEmpty()
                ? sources.served()
                        .filter(found -> RecordedWorkload.trace(found).isPresent())
                        .map(found -> RecordedResults.of(found).values())
                        .orElse(Map.of())
                : Map.of();
    }

    /// The one recording of the present setting, as a command names it.
    private Optional<String> recordingName() {
        return sources.recording()
                .map(Recording::files)
                .filter(files -> files.size() == 1)
                .map(List::getFirst);
    }

    /// Where the budget stays, says whether another knob would do more.
    private Recommendation otherKnobs(Prepared prepared, List<SweepPoint> points, Recommendation answer) {
        if (answer.verdict() != Recommendation.Verdict.KEEP || stopped.getAsBoolean()) {
            return answer;
        }
        return points.stream()
                .filter(point -> prepared.present().map(point.setting()::equals).orElse(false))
                .findFirst()
                .flatMap(point -> OtherKnobs.say(prepared.spec(), point, answer.gainPercent().orElse(0)))
                .map(answer::with)
                .orElse(answer);
    }

    /// Whether memory, not the budget, limits the recorded service.
    private Optional<String> memory(Recommendation answer) {
        return answer.verdict() == Recommendation.Verdict.CHANGE
                ? Optional.empty()
                : sources.served().flatMap(KvFill::of)
                        .filter(fill -> fill.shareOfSteps() >= MOSTLY_FULL)
                        .map(fill -> String.format(
                                Locale.ROOT,
                                "KV memory was full in %.0f %% of the recorded steps%s: max-num-seqs and KV memory limit this service more than"
                                        + " max-num-batched-tokens",
                                100 * fill.shareOfSteps(),
                                fill.basis() == KvFill.Basis.REPLAYED ? " (replayed from their counts)" : ""));
    }

    private List<String> notes(Prepared prepared, List<MeasuredPoint> measured) {
        SweepSpec spec = prepared.spec();
        List<String> notes = new ArrayList<>(prepared.notes());
        if (stopped.getAsBoolean()) {
            notes.add("interrupted: " + (measured.isEmpty()
                    ? "intervals and highest rates rest on what was simulated until then"
                    : measured.size() + " of " + prepared.settings().size() + " settings were measured, some in fewer runs"));
        }
        prepared.assumed().ifPresent(assumed -> notes.add("the answer assumes that " + assumed + "; " + Served.GIVE_WORKLOAD));
        notes.add(spec.capacity().basis());
        if (spec.model() instanceof WithEncoder encoder) {
            notes.add("encoder inputs cost " + encoder.nanosPerToken() / NANOS_PER_MICRO
                    + " us per token, as given: no interval covers that");
        }
        if (spec.workload().requests().size() > Sweep.DRAW_REQUESTS && (spec.draws() > 0 || !spec.slo().isEmpty())) {
            notes.add((spec.slo().isEmpty() ? "intervals come" : "intervals and the highest rates come") + " from the first "
                    + Sweep.DRAW_REQUESTS + " requests");
        }
        return notes;
    }

    private ProjectionReport missing(ModelSummary model, String reason, String remedy) {
        Optional<WorkloadFacts> facts = Served.find(workload, sources.served(), presentBudget(), ranks().size())
                .map(served -> WorkloadFacts.of(served.workload(), workload));
        return report(
                model, Optional.empty(), facts, Optional.empty(), Optional.empty(), List.of(), Map.of(), List.of(), Optional.empty(),
                Recommender.refuse(reason, Optional.of(remedy)), List.of());
    }

    private ProjectionReport report(
            ModelSummary summary,
            Optional<FittedStepModel> model,
            Optional<WorkloadFacts> facts,
            Optional<Rule> rule,
            Optional<Setting> present,
            List<SweepPoint> points,
            Map<String, Double> recorded,
            List<MeasuredPoint> measured,
            Optional<Evaluation> evaluation,
            Recommendation recommendation,
            List<String> notes) {
        Optional<Recording> recording = sources.recording();
        List<KernelRow> kernels = recording.map(KernelTable::of).orElse(List.of());
        List<ChartStep> steps = recording.map(found -> ChartSteps.of(found, model)).orElse(List.of());
        return new ProjectionReport(
                recording,
                Optional.of(summary),
                kernels,
                facts,
                conditions.slo(),
                rule,
                present,
                points,
                recorded,
                measured,
                evaluation,
                recommendation,
                deployment(),
                notes,
                steps,
                Provenance.NONE);
    }
}
