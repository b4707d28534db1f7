package dev.iterscope.projection.accuracy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Prepared;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.table.StepModels;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.search.Goal;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.Sweep;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.search.SweepSpec;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// How much worse than the best setting the recommended one is: an H100 whose kernels are known serves on a virtual clock, is recorded at
/// the present budget, is projected from that recording for three objectives, and then serves at every budget.
///
/// `ITERSCOPE_STUDY=1` runs all twelve workloads and prints a line for each answer.
class RegretTest {
    private static final Path KERNELS = Path.of("../samples/h100-llama-3.1-8b/kernels.json");
    private static final int SEQUENCES = 128;
    private static final int BLOCKS = 7550;
    private static final List<Integer> BUDGETS = List.of(128, 256, 512, 1024, 2048, 4096, 8192);
    private static final boolean STUDY = System.getenv("ITERSCOPE_STUDY") != null;

    private static StepTimes kernels;

    /// @param present the budget at which it is recorded
    private record Load(String name, int present, WorkloadOptions options) {}

    /// One answer beside the truth.
    private record Outcome(String name, String objective, ProjectionReport report, List<SweepPoint> truth, Rule rule) {
        Optional<SweepPoint> truthOf(Optional<Setting> setting) {
            return truth.stream().filter(point -> setting.isPresent() && point.setting().equals(setting.get())).findFirst();
        }

        /// Per cent that the chosen setting is worse than the best of those that meet the objective; a chosen one that misses it counts
        /// what it exceeds its worst bound by.
        double regretPercent(Optional<Setting> setting) {
            SweepPoint chosen = truthOf(setting).orElseThrow();
            if (!chosen.sloMet().orElse(true)) {
                return truth.stream().anyMatch(point -> point.sloMet().orElse(true))
                        ? 100 * Math.max(0, rule.slo().worstExcess(chosen.metrics().values()))
                        : 0;
            }
            return truth.stream().filter(point -> point.sloMet().orElse(true))
                    .mapToDouble(point -> loss(point, chosen))
                    .max().orElse(0);
        }

        private double loss(SweepPoint better, SweepPoint chosen) {
            double best = rule.goal().value(better).orElse(0);
            double own = rule.goal().value(chosen).orElse(0);
            return rule.goal() instanceof Goal.Key ? 100 * (1 - best / own) : 100 * (1 - own / best);
        }
    }

    private static WorkloadOptions load(int requests, int in, int out, double ratio, double rate, double burstiness, long seed) {
        return new WorkloadOptions(Optional.empty(), OptionalInt.of(requests), OptionalInt.of(in), OptionalInt.of(out),
                OptionalDouble.of(ratio), OptionalDouble.of(rate), OptionalDouble.of(burstiness), OptionalInt.empty(), Optional.empty(),
                seed,
                true);
    }

    private static List<Load> loads() {
        List<Load> all = List.of(
                new Load("long prompts", 2048, load(60, 6000, 150, 0.9, 3, 1, 1)),
                new Load("chat, small budget", 512, load(160, 900, 200, 0.8, 10, 1, 4)),
                new Load("summaries", 4096, load(50, 9000, 40, 0.6, 3, 1, 5)),
                new Load("near saturation", 2048, load(70, 5000, 120, 0.9, 4.5, 1, 12)),
                new Load("long prompts, slower", 2048, load(40, 6000, 150, 0.9, 2, 1, 2)),
                new Load("chat", 2048, load(160, 900, 200, 0.8, 10, 1, 3)),
                new Load("summaries, large budget", 8192, load(40, 9000, 40, 0.6, 2.5, 1, 6)),
                new Load("bursts", 2048, load(80, 2500, 120, 0.8, 5, 0.3, 7)),
                new Load("bursts of long prompts", 4096, load(40, 7000, 80, 0.5, 2.5, 0.4, 8)),
                new Load("code", 2048, load(90, 3500, 30, 0.9, 6, 1, 9)),
                new Load("long answers", 1024, load(60, 700, 400, 0.7, 5, 1, 10)),
                new Load("mixed lengths", 1024, load(70, 4000, 100, 0.95, 4, 1, 11)));
        return STUDY ? all : all.subList(0, 4);
    }

    @BeforeAll
    static void readKernels() throws IOException {
        kernels = StepModels
                .make(KERNELS, StepModels.ofModelFile(KERNELS), ModelPresets.find("llama-3.1-8b").orElseThrow(), KernelStepOptions.of(1))
                .point();
    }

    /// What the steps take: the kernels' times with 1 % of scatter.
    private record Truth(StepTimes exact) implements StepTimes, FittedStepModel {
        @Override
        public long deviceNanos(StepPlan plan) {
            StepCounts counts = plan.counts();
            return Math.round(exact.deviceNanos(plan)
                    * (1 + 0.01 * Math.sin(counts.scheduledTokens() * 12.9898 + counts.kvTokensHeld() * 78.233)));
        }

        @Override
        public long hostNanos(StepPlan plan) {
            return 0;
        }

        @Override
        public StepTimes point() {
            return this;
        }

        @Override
        public StepTimes draw(int index, long stream) {
            return this;
        }

        @Override
        public ModelSummary summary() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Support supportFor(Collection<StepCounts> visited) {
            return Support.INTERPOLATED;
        }
    }

    /// What the engine would record: each step with its time, its context work and the KV tokens it reads.
    private static Recording record(Load load, StepTimes truth) {
        List<Iteration> steps = new ArrayList<>();
        Simulator.run(SchedulerConfig.of(load.present(), SEQUENCES, 65_536), KvCacheConfig.of(16, BLOCKS + 1, false),
                Workloads.make(load.options(), OptionalInt.empty()), truth, new StepObserver() {
                    @Override
                    public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
                        steps.add(step(plan.counts(), timing));
                    }
                });
        SettingsDraft settings = new SettingsDraft();
        settings.say(Fact.ENGINE_NAME, "iterscope");
        settings.say(Fact.MAX_NUM_BATCHED_TOKENS, load.present());
        settings.say(Fact.MAX_NUM_SEQS, SEQUENCES);
        return new Recording("jfr", List.of("run.jfr"), settings.build(), List.of(), steps, List.of(), List.of(), List.of(), List.of(),
                List.of(), new Timing(Timing.Basis.STEP, 1), List.of());
    }

    private static Iteration step(StepCounts counts, StepTiming timing) {
        IterationDraft draft = new IterationDraft().engine(0).number(timing.iteration());
        draft.startNanos(timing.startNanos()).endNanos(timing.resultNanos()).elapsedNanos(timing.ownNanos());
        draft.counts(counts.contextRequests(), counts.contextTokens(), counts.generationRequests(), counts.generationTokens());
        draft.kvBlocksUsed(counts.kvBlocksUsed()).kvBlocksTotal(counts.kvBlocksTotal()).preemptions(counts.preemptions());
        draft.detail().contextAttentionPairs(counts.contextAttentionPairs()).generationKvTokens(counts.generationKvTokens());
        return draft.build();
    }

    private static List<Outcome> outcomes(Load load) {
        Truth truth = new Truth(kernels);
        Recording recording = record(load, truth);
        ServingMetrics now = Simulator.run(SchedulerConfig.of(load.present(), SEQUENCES, 65_536), KvCacheConfig.of(16, BLOCKS + 1, false),
                Workloads.make(load.options(), OptionalInt.empty()), truth, GoodputLimits.NONE).metrics();
        Map<String, ConditionOptions> objectives = Map.of(
                "half the ITL tail", conditions().within(Slo.parse(String.format(Locale.ROOT, "p99_itl_ms<=%.1f", now.itl().p99() / 2))),
                "both tails", conditions().within(Slo.parse(String.format(Locale.ROOT, "p99_ttft_ms<=%.0f,p99_itl_ms<=%.1f",
                        1.3 * now.ttft().p99(), 0.8 * now.itl().p99()))),
                "mean latency", conditions().towards(new Goal.Key("mean_e2el_ms", Goal.Direction.LOWER)));
        List<Outcome> outcomes = new ArrayList<>();
        for (Map.Entry<String, ConditionOptions> objective : objectives.entrySet()) {
            Projector projector = new Projector(Sources.of(recording), objective.getValue(), load.options(), Progress.NONE,
                    () -> false);
            Prepared prepared = ((Projector.Preparation.Ready) projector.prepare()).prepared();
            ProjectionReport report = projector.project(prepared, projector.simulate(prepared), List.of());
            SweepSpec spec = prepared.spec();
            SweepSpec exact = new SweepSpec(spec.settings(), spec.scheduler(), spec.blockSize(), spec.prefixCaching(), spec.ranks(),
                    spec.capacity(), spec.workload(), truth, spec.rule(), 0, 0);
            outcomes.add(
                    new Outcome(load.name(), objective.getKey(), report, new Sweep(exact, Progress.NONE, () -> false).run(), spec.rule()));
        }
        return outcomes;
    }

    private static ConditionOptions conditions() {
        return ConditionOptions.NONE.over(BUDGETS, List.of(SEQUENCES)).withKvBlocks(BLOCKS + 1);
    }

    @Test
    void theRecommendedSettingIsNearlyTheBest() {
        List<Double> regrets = new ArrayList<>();
        int likely = 0;
        int met = 0;
        for (Load load : loads()) {
            for (Outcome outcome : outcomes(load)) {
                Optional<Setting> chosen = outcome.report().recommendation().setting();
                for (SweepPoint point : outcome.report().sweep()) {
                    if (point.probabilityMet().orElse(0) >= 0.9) {
                        likely++;
                        met += outcome.truthOf(Optional.of(point.setting())).orElseThrow().sloMet().orElseThrow() ? 1 : 0;
                    }
                }
                double regret = chosen.isPresent() ? outcome.regretPercent(chosen) : 0;
                regrets.add(regret);
                if (STUDY) {
                    System.out.printf(Locale.ROOT, "%-24s %5d %-18s %-7s %-6s regret %5.1f %%  keep %6.1f %%%n", load.name(),
                            load.present(),
                            outcome.objective(), outcome.report().recommendation().verdict().label(),
                            chosen.map(setting -> String.valueOf(setting.maxNumBatchedTokens())).orElse("-"), regret,
                            outcome.regretPercent(Optional.of(Setting.of(load.present(), SEQUENCES))));
                }
            }
        }
        double mean = regrets.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        if (STUDY) {
            System.out.printf(Locale.ROOT, "mean regret %.2f %% of %d answers, worst %.1f %%; P(meets) of 0.9 or more: %d of %d met%n",
                    mean,
                    regrets.size(), regrets.stream().mapToDouble(Double::doubleValue).max().orElseThrow(), met, likely);
        }
        assertThat(mean).isLessThanOrEqualTo(1);
        assertThat(regrets).allSatisfy(regret -> assertThat(regret).isLessThanOrEqualTo(6));
        assertThat((double) met / likely).isGreaterThanOrEqualTo(0.9);
    }
}
