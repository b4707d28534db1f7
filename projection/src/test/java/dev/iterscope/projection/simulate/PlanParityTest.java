package dev.iterscope.projection.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.Arrivals;
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Invariant I8: with the same arrivals and the same outcomes, the engine and a simulation make the same plans.
class PlanParityTest {

    /// What a loop planned, how long each step took, and after how many plans and results each request arrived.
    private static final class Journal implements StepObserver {
        private final List<String> plans = new ArrayList<>();
        private final Map<Long, Long> ownNanos = new HashMap<>();
        private final List<Integer> arrivals = new ArrayList<>();
        private int events;

        @Override
        public void arrived(Request request, long nowNanos) {
            arrivals.add(events);
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            ownNanos.put(plan.iteration(), timing.ownNanos());
            events++;
        }

        @Override
        public void planned(StepPlan plan, long nowNanos) {
            StringBuilder line = new StringBuilder().append(plan.iteration()).append(' ').append(plan.counts());
            for (int i = 0; i < plan.size(); i++) {
                line.append(' ').append(plan.sequence(i).request().id()).append('@').append(plan.firstToken(i)).append('+')
                        .append(plan.tokenCount(i)).append(plan.isContext(i) ? 'c' : 'g');
            }
            plans.add(line.toString());
            events++;
        }
    }

    /// Lets each step take the time that it took in the engine.
    private record SameTimes(Journal engine) implements StepTimes {
        @Override
        public long deviceNanos(StepPlan plan) {
            return engine.ownNanos.getOrDefault(plan.iteration(), 0L);
        }

        @Override
        public long hostNanos(StepPlan plan) {
            return 0;
        }
    }

    /// Lets each request arrive after as many plans and results as in the engine.
    private static final class SameTurns implements Arrivals {
        private final List<Request> requests;
        private final Journal engine;
        private final Journal here;
        private int next;

        SameTurns(List<Request> requests, Journal engine, Journal here) {
            this.requests = requests;
            this.engine = engine;
            this.here = here;
        }

        @Override
        public OptionalLong nextNanos() {
            return exhausted() ? OptionalLong.empty() : OptionalLong.of(0);
        }

        @Override
        public @Nullable Request poll(long nowNanos) {
            boolean due = !exhausted() && engine.arrivals.get(next) <= here.events;
            return due ? requests.get(next++) : null;
        }

        @Override
        public boolean exhausted() {
            return next >= requests.size();
        }
    }

    @ParameterizedTest(name = "{0}, async {2}, prefix caching {3}")
    @CsvSource({"traces/azure-2023-conv.csv,200,true,true", "traces/azure-2023-conv.csv,200,false,false",
        "traces/mooncake-conversation.jsonl,40,true,true", "traces/azure-2023-code.csv,120,true,true"})
    void theEngineAndTheSimulationMakeTheSamePlans(String trace, int count, boolean async, boolean caching) {
        Workload workload = Workloads.make(new WorkloadOptions(Optional.of(SharedData.file(trace)), OptionalInt.of(count),
                OptionalInt.empty(), OptionalInt.empty(), OptionalDouble.empty(), OptionalDouble.of(400), OptionalDouble.empty(),
                OptionalInt.empty(), Optional.empty(), 0, true), OptionalInt.empty());
        SchedulerConfig scheduler = SchedulerConfig.of(2048, 24, 131_072).withAsyncScheduling(async).withReserveFullIsl(true);
        KvCacheConfig cache = KvCacheConfig.of(16, 8500, caching);
        EngineConfig config = EngineConfig.defaults(ModelPresets.find("llama-3.1-8b").orElseThrow())
                .emulating(new TestTimes(20_000, 40, 0), 1)
                .withScheduler(scheduler)
                .withKvBlocks(cache.totalBlocks())
                .withPrefixCaching(caching);
        Journal engine = new Journal();
        try (Engine running = Engine.open(config)) {
            running.run(workload.requests(), OptionalInt.empty(), engine);
        }
        Journal simulated = new Journal();
        VirtualClock clock = new VirtualClock();
        new StepLoop(new Scheduler(scheduler, cache), new PredictedExecutor(new SameTimes(engine), clock), clock,
                new SameTurns(workload.requests(), engine, simulated), simulated).run();
        assertThat(simulated.plans).hasSizeGreaterThan(100);
        for (int i = 0; i < Math.min(simulated.plans.size(), engine.plans.size()); i++) {
            assertThat(simulated.plans.get(i)).as("plan %d", i).isEqualTo(engine.plans.get(i));
        }
        assertThat(simulated.plans).hasSameSizeAs(engine.plans);
        assertThat(simulated.ownNanos).isEqualTo(engine.ownNanos);
    }
}
