package dev.iterscope.engine.step;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.RandomOutcome;
import dev.iterscope.engine.schedule.RandomWork;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Laws I6, I8 and I11, and what the loop tells whom, on a virtual clock.
class StepLoopTest {

    static LongStream seeds() {
        return LongStream.range(0, Integer.getInteger("iterscope.laws.seeds", 48));
    }

    private static final class VirtualClock implements StepClock {
        private long now;

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public void waitUntil(long nanos) {
            advanceTo(nanos);
        }

        void advanceTo(long nanos) {
            now = Math.max(now, nanos);
        }
    }

    /// A device that works on one plan after the other; how long, and what a host call costs, is up to a seeded stream of its own.
    private static final class VirtualDevice implements StepExecutor {
        private final VirtualClock clock;
        private final Random times;
        private final Random outcomes;
        private final int drafts;
        private final ArrayDeque<StepPlan> queue = new ArrayDeque<>();
        private final ArrayDeque<Long> ready = new ArrayDeque<>();
        private long freeAt;
        private long released;

        VirtualDevice(VirtualClock clock, long timeSeed, long outcomeSeed, int drafts) {
            this.clock = clock;
            this.times = new Random(timeSeed);
            this.outcomes = new Random(outcomeSeed);
            this.drafts = drafts;
        }

        @Override
        public void submit(StepPlan plan) {
            freeAt = Math.max(freeAt, clock.now) + 1 + times.nextInt(1000);
            queue.add(plan);
            ready.add(freeAt);
            clock.advanceTo(clock.now + times.nextInt(300));
        }

        @Override
        public StepOutcome awaitOldest() {
            clock.advanceTo(ready.remove());
            return new RandomOutcome(queue.remove(), drafts, outcomes);
        }

        @Override
        public void release(Request request) {
            released++;
        }
    }

    /// What happened, for the laws.
    private static final class Protocol implements StepObserver {
        final List<String> plans = new ArrayList<>();
        final List<StepTiming> timings = new ArrayList<>();
        final Map<String, FinishReason> ended = new HashMap<>();
        int arrived;
        int started;
        int ready;
        int preempted;

        @Override
        public void arrived(Request request, long nowNanos) {
            arrived++;
            assertThat(nowNanos).isGreaterThanOrEqualTo(request.arrivalNanos());
        }

        @Override
        public void rejected(Request request, String reason, long nowNanos) {
            assertThat(ended.put(request.id(), FinishReason.REJECTED)).isNull();
        }

        @Override
        public void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {
            preempted++;
        }

        @Override
        public void planned(StepPlan plan, long nowNanos) {
            plans.add(describe(plan));
            assertThat(plans.size()).as("steps for 60 requests: no livelock").isLessThan(50_000);
        }

        @Override
        public void started(StepPlan plan, long nowNanos) {
            assertThat(plan.iteration()).as("started in order").isEqualTo(++started);
        }

        @Override
        public void resultReady(StepPlan plan, long nowNanos) {
            assertThat(plan.iteration()).as("results in order").isEqualTo(++ready);
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            timings.add(timing);
        }

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            assertThat(ended.put(sequence.request().id(), reason)).isNull();
        }

        private static String describe(StepPlan plan) {
            StringBuilder text = new StringBuilder().append(plan.iteration()).append(' ').append(plan.counts());
            for (int i = 0; i < plan.size(); i++) {
                text.append(' ').append(plan.sequence(i).request().id()).append('@').append(plan.firstToken(i)).append('+')
                        .append(plan.tokenCount(i)).append('/').append(plan.draftCount(i)).append(plan.isContext(i) ? 'c' : 'g');
            }
            return text.toString();
        }
    }

    /// All requests at once or over time; every step's plan follows from arrivals and outcomes only.
    private record Work(SchedulerConfig config, KvCacheConfig kv, List<Request> requests) {
        static Work of(long seed, boolean allAtOnce) {
            RandomWork work = new RandomWork(seed);
            SchedulerConfig config = work.config();
            KvCacheConfig kv = work.kv();
            List<Request> requests = new ArrayList<>();
            long at = 0;
            for (int i = 0; i < 60; i++) {
                requests.add(work.request("r" + i, at));
                at += allAtOnce ? 0 : work.random().nextInt(8_000);
            }
            return new Work(config, kv, requests);
        }

        Protocol run(long timeSeed, OptionalInt maxConcurrency, List<RequestTimeline> timelines) {
            VirtualClock clock = new VirtualClock();
            VirtualDevice device = new VirtualDevice(clock, timeSeed, 99, config.speculativeTokens());
            Protocol protocol = new Protocol();
            RequestTracker tracker = new RequestTracker(timelines::add, gap -> assertThat(gap).isNotNegative());
            StepLoop loop = new StepLoop(
                    new Scheduler(config, kv, true),
                    device,
                    clock,
                    new WorkloadArrivals(requests, maxConcurrency),
                    new Both(protocol, tracker));
            loop.run();
            long rejected = protocol.ended.values().stream().filter(reason -> reason == FinishReason.REJECTED).count();
            assertThat(device.released).as("each request that could run is released once").isEqualTo(requests.size() - rejected);
            assertThat(device.queue).isEmpty();
            return protocol;
        }
    }

    /// Two observers as one.
    private record Both(StepObserver one, StepObserver other) implements StepObserver {
        @Override
        public void arrived(Request request, long nowNanos) {
            one.arrived(request, nowNanos);
            other.arrived(request, nowNanos);
        }

        @Override
        public void rejected(Request request, String reason, long nowNanos) {
            one.rejected(request, reason, nowNanos);
            other.rejected(request, reason, nowNanos);
        }

        @Override
        public void planned(StepPlan plan, long nowNanos) {
            one.planned(plan, nowNanos);
            other.planned(plan, nowNanos);
        }

        @Override
        public void started(StepPlan plan, long nowNanos) {
            one.started(plan, nowNanos);
            other.started(plan, nowNanos);
        }

        @Override
        public void resultReady(StepPlan plan, long nowNanos) {
            one.resultReady(plan, nowNanos);
            other.resultReady(plan, nowNanos);
        }

        @Override
        public void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {
            one.preempted(sequence, blocksFreed, tokensToRecompute, nowNanos);
            other.preempted(sequence, blocksFreed, tokensToRecompute, nowNanos);
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            one.completed(plan, outcome, timing);
            other.completed(plan, outcome, timing);
        }

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            one.finished(sequence, reason, nowNanos);
            other.finished(sequence, reason, nowNanos);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void i8TheSameArrivalsAndOutcomesGiveTheSamePlansOnAnyClock(long seed) {
        Work work = Work.of(seed, true);
        Protocol one = work.run(1, OptionalInt.empty(), new ArrayList<>());
        Protocol other = work.run(2, OptionalInt.empty(), new ArrayList<>());
        assertThat(one.plans).isEqualTo(other.plans);
        assertThat(one.ended).isEqualTo(other.ended).hasSize(work.requests.size());
        assertThat(one.timings).isNotEqualTo(other.timings);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void i11OwnTimesAndIdleGapsAddUpToTheWallClock(long seed) {
        Work work = Work.of(seed, false);
        List<StepTiming> timings = work.run(seed, OptionalInt.empty(), new ArrayList<>()).timings;
        if (timings.isEmpty()) {
            return;
        }
        long sum = timings.stream().mapToLong(timing -> timing.ownNanos() + timing.idleBeforeNanos()).sum();
        assertThat(sum).isEqualTo(timings.getLast().resultNanos() - timings.getFirst().submitNanos());
        for (int i = 0; i < timings.size(); i++) {
            StepTiming timing = timings.get(i);
            long before = i == 0 ? timing.submitNanos() : timings.get(i - 1).resultNanos();
            assertThat(timing.startNanos()).isEqualTo(Math.max(before, timing.submitNanos()));
            assertThat(timing.idleBeforeNanos()).isEqualTo(Math.max(0, timing.submitNanos() - before));
            assertThat(timing.ownNanos()).isNotNegative();
            assertThat(timing.resultWaitNanos()).isBetween(0L, timing.submitToResultNanos());
            assertThat(timing.inFlight()).isBetween(1, work.config.asyncScheduling() ? 2 : 1);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void i6ARequestsTimesFollowEachOther(long seed) {
        Work work = Work.of(seed, false);
        List<RequestTimeline> timelines = new ArrayList<>();
        Protocol protocol = work.run(seed, seed % 2 == 0 ? OptionalInt.of(5) : OptionalInt.empty(), timelines);
        assertThat(timelines).hasSize(work.requests.size());
        for (RequestTimeline timeline : timelines) {
            if (timeline.finishReason() == FinishReason.REJECTED) {
                assertThat(timeline.firstScheduleNanos()).isEmpty();
                continue;
            }
            long scheduled = timeline.firstScheduleNanos().orElseThrow();
            long first = timeline.firstTokenNanos().orElseThrow();
            long last = timeline.lastTokenNanos().orElseThrow();
            assertThat(timeline.arrivalNanos()).isLessThanOrEqualTo(scheduled);
            assertThat(scheduled).isLessThan(first);
            assertThat(first).isLessThanOrEqualTo(last);
            assertThat(timeline.outputTokens()).isPositive();
        }
        int preemptions = timelines.stream().mapToInt(RequestTimeline::preemptions).sum();
        assertThat(protocol.preempted).isEqualTo(preemptions);
    }

    @Test
    void aClosedLoopSendsTheNextWhenOneEnds() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            requests.add(Request.of("r" + i, new Prompt.Seeded(20, i), 5, 0));
        }
        List<RequestTimeline> timelines = new ArrayList<>();
        Work work = new Work(SchedulerConfig.of(100, 16, 200), KvCacheConfig.of(16, 100, false), requests);
        Protocol protocol = work.run(3, OptionalInt.of(4), timelines);
        assertThat(protocol.arrived).isEqualTo(12);
        List<long[]> spans = timelines.stream()
                .map(timeline -> new long[] {timeline.arrivalNanos(), timeline.lastTokenNanos().orElseThrow()})
                .toList();
        for (long[] span : spans) {
            long open = spans.stream().filter(other -> other[0] <= span[0] && span[0] < other[1]).count();
            assertThat(open).as("open at once").isLessThanOrEqualTo(4);
        }
    }

    /// An open loop waits for the next arrival on the clock, and the gap is no step's own.
    @Test
    void anIdleEngineWaitsForTheNextArrival() {
        List<Request> requests = List.of(
                Request.of("a", new Prompt.Seeded(20, 1), 1, 0), Request.of("b", new Prompt.Seeded(20, 2), 1, 1_000_000));
        Work work = new Work(SchedulerConfig.of(100, 16, 200), KvCacheConfig.of(16, 100, false), requests);
        List<StepTiming> timings = work.run(3, OptionalInt.empty(), new ArrayList<>()).timings;
        assertThat(timings).hasSize(2);
        assertThat(timings.getFirst().idleBeforeNanos()).isZero();
        assertThat(timings.getLast().submitNanos()).isEqualTo(1_000_000);
        assertThat(timings.getLast().idleBeforeNanos()).isEqualTo(1_000_000 - timings.getFirst().resultNanos());
    }

    /// Aborts come in with the arrivals; a request that a step in flight still computes is released when that step is done.
    @Test
    void anAbortEndsARequestBetweenSteps() {
        VirtualClock clock = new VirtualClock();
        VirtualDevice device = new VirtualDevice(clock, 1, 2, 0);
        Protocol protocol = new Protocol();
        Request request = Request.of("a", new Prompt.Seeded(20, 1), 1000, 0);
        Arrivals arrivals = new Arrivals() {
            private final ArrayDeque<Request> toSend = new ArrayDeque<>(List.of(request));
            private final ArrayDeque<String> toAbort = new ArrayDeque<>(List.of("a"));

            @Override
            public OptionalLong nextNanos() {
                return toSend.isEmpty() ? OptionalLong.empty() : OptionalLong.of(0);
            }

            @Override
            public @Nullable Request poll(long nowNanos) {
                return toSend.poll();
            }

            @Override
            public @Nullable String pollAbort(long nowNanos) {
                return nowNanos > 5_000 ? toAbort.poll() : null;
            }

            @Override
            public boolean exhausted() {
                return toSend.isEmpty();
            }
        };
        SchedulerConfig config = SchedulerConfig.of(100, 16, 2000).withAsyncScheduling(true);
        Scheduler scheduler = new Scheduler(config, KvCacheConfig.of(16, 200, false), true);
        new StepLoop(scheduler, device, clock, arrivals, protocol).run();
        assertThat(protocol.ended).containsEntry("a", FinishReason.ABORT);
        assertThat(device.released).isEqualTo(1);
        assertThat(scheduler.kvCache().pool().usedBlocks()).isZero();
    }
}
