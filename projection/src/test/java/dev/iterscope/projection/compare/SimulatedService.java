package dev.iterscope.projection.compare;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.RequestTimeline;
import dev.iterscope.engine.step.RequestTracker;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepObservers;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.metrics.MetricsCollector;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Timing;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/// A service of known costs, served on a virtual clock and recorded as the engine does it: the same on any machine.
///
/// @param recording what was recorded
/// @param printed   what `run` would print
record SimulatedService(Recording recording, Map<String, Double> printed) {
    private static final int SEQUENCES = 64;

    /// Costs like those of an 8-billion-parameter model on one accelerator: weights are read in 7 ms, and from 200 tokens on the products take
    /// longer than that. Single steps scatter by 1 %.
    ///
    /// @param dense time of the dense layers, as a share of the usual
    private record Costs(double dense, SplittableRandom random) implements StepTimes {
        @Override
        public long deviceNanos(StepPlan plan) {
            StepCounts counts = plan.counts();
            double products = Math.hypot(7e6, 3e4 * counts.scheduledTokens());
            double attention = 2 * counts.contextAttentionPairs() + 30 * counts.generationKvTokens();
            return Math.round((dense * products + attention) * Math.exp(0.01 * random.nextGaussian()));
        }

        @Override
        public long hostNanos(StepPlan plan) {
            return 100_000;
        }
    }

    /// Serves 120 requests.
    ///
    /// @param budget max-num-batched-tokens
    /// @param dense  time of the dense layers, as a share of the usual
    /// @param seed   of what single steps scatter by
    static SimulatedService serve(int budget, double dense, long seed) {
        Workload workload = workload();
        List<Iteration> steps = new ArrayList<>();
        List<RequestRecord> requests = new ArrayList<>();
        MetricsCollector metrics = new MetricsCollector(workload.requests().size());
        StepObserver steady = new StepObserver() {
            @Override
            public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
                steps.add(step(plan.counts(), timing));
            }
        };
        RequestTracker tracker = new RequestTracker(timeline -> requests.add(request(timeline)), _ -> {});
        Simulator.run(
                SchedulerConfig.of(budget, SEQUENCES, 8192),
                KvCacheConfig.of(16, 8000, false),
                workload,
                new Costs(dense, new SplittableRandom(seed)),
                new StepObservers(metrics, new StepObservers(steady, tracker)));
        SettingsDraft settings = new SettingsDraft();
        settings.say(Fact.ENGINE_NAME, "iterscope");
        settings.say(Fact.MAX_NUM_BATCHED_TOKENS, budget);
        settings.say(Fact.MAX_NUM_SEQS, SEQUENCES);
        return new SimulatedService(
                new Recording("jfr", List.of("run.jfr"), settings.build(), List.of(), steps, requests, List.of(), List.of(), List.of(),
                        List.of(), new Timing(Timing.Basis.STEP, 1), List.of()),
                metrics.metrics(GoodputLimits.NONE).values());
    }

    private static Workload workload() {
        SplittableRandom random = new SplittableRandom(7);
        List<Request> requests = new ArrayList<>();
        long arrival = 50_000_000;
        for (int i = 0; i < 120; i++) {
            arrival += random.nextLong(400_000_000);
            requests.add(Request.of("r" + i, new Prompt.Seeded(random.nextInt(30, 3000), i), random.nextInt(1, 150), arrival));
        }
        return new Workload("test", requests, OptionalInt.empty(), "");
    }

    private static Iteration step(StepCounts counts, StepTiming timing) {
        IterationDraft draft = new IterationDraft().engine(0).number(timing.iteration());
        draft.startNanos(timing.startNanos()).endNanos(timing.resultNanos()).elapsedNanos(timing.ownNanos());
        draft.counts(counts.contextRequests(), counts.contextTokens(), counts.generationRequests(), counts.generationTokens());
        draft.kvBlocksUsed(counts.kvBlocksUsed()).kvBlocksTotal(counts.kvBlocksTotal()).preemptions(counts.preemptions());
        draft.detail().contextAttentionPairs(counts.contextAttentionPairs()).generationKvTokens(counts.generationKvTokens());
        return draft.build();
    }

    private static RequestRecord request(RequestTimeline timeline) {
        long arrival = timeline.arrivalNanos();
        long first = timeline.firstTokenNanos().orElseThrow();
        long last = timeline.lastTokenNanos().orElseThrow();
        return new RequestRecord(
                timeline.id(), OptionalLong.of(arrival), OptionalInt.of(timeline.promptTokens()), OptionalInt.empty(),
                OptionalInt.of(timeline.outputTokens()), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalLong.of(first - arrival),
                timeline.outputTokens() > 1 ? OptionalLong.of((last - first) / (timeline.outputTokens() - 1)) : OptionalLong.empty(),
                OptionalLong.of(last - arrival), List.of(), List.of(), Optional.of("length"));
    }
}
