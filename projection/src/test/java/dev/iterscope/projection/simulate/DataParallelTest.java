package dev.iterscope.projection.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Laws of engines side by side, on seeded workloads.
class DataParallelTest {
    private static final long MILLI = 1_000_000;
    private static final TestTimes TIMES = new TestTimes(2 * MILLI, 50_000, 300_000);

    /// A random service; the same seed gives the same.
    private record Service(SchedulerConfig config, KvCacheConfig cache, Workload workload) {
        static Service of(long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Request> requests = new ArrayList<>();
            long arrival = 0;
            for (int i = 0; i < 150; i++) {
                arrival += random.nextInt(10) * MILLI;
                // Some prompts fit into no cache and are rejected.
                int prompt = random.nextInt(20) == 0 ? 8000 : random.nextInt(1, 400);
                requests.add(Request.of("r" + i, new Prompt.Seeded(prompt, i), random.nextInt(1, 60), arrival));
            }
            SchedulerConfig config = SchedulerConfig.of(random.nextInt(32, 256), random.nextInt(1, 32), 4096)
                    .withAsyncScheduling(random.nextBoolean());
            return new Service(
                    config,
                    KvCacheConfig.of(16, random.nextInt(40, 300), random.nextBoolean()),
                    new Workload("test", requests, random.nextBoolean() ? OptionalInt.of(8) : OptionalInt.empty(), ""));
        }

        List<Steps> run(DataParallel ranks) {
            List<Steps> observers = IntStream.range(0, ranks.size()).mapToObj(i -> new Steps()).toList();
            Simulator.run(ranks, config, cache, workload, TIMES, observers::get);
            return observers;
        }

        ServingMetrics metrics(DataParallel ranks) {
            return Simulator.run(ranks, config, cache, workload, TIMES, GoodputLimits.NONE).metrics();
        }
    }

    /// A step as it was executed.
    private record Step(String entries, long submitNanos, long resultNanos, long deviceNanos) {}

    /// What one rank did.
    private static final class Steps implements StepObserver {
        private final List<Step> steps = new ArrayList<>();
        private final List<Request> arrived = new ArrayList<>();
        private final Map<String, FinishReason> ended = new HashMap<>();

        @Override
        public void arrived(Request request, long nowNanos) {
            arrived.add(request);
        }

        @Override
        public void rejected(Request request, String reason, long nowNanos) {
            assertThat(ended.put(request.id(), FinishReason.REJECTED)).isNull();
        }

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            assertThat(ended.put(sequence.request().id(), reason)).isNull();
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            StringBuilder entries = new StringBuilder();
            for (int i = 0; i < plan.size(); i++) {
                entries.append(plan.sequence(i).request().id()).append(':').append(plan.firstToken(i)).append('+')
                        .append(plan.tokenCount(i)).append(' ');
            }
            steps.add(new Step(entries.toString(), timing.submitNanos(), timing.resultNanos(), TIMES.deviceNanos(plan)));
        }
    }

    @ParameterizedTest(name = "seed {0}, coupled {1}")
    @CsvSource({"1,false", "2,false", "3,false", "4,false", "5,false", "1,true", "2,true", "3,true", "4,true", "5,true", "6,true"})
    void oneRankIsTheEngineItself(long seed, boolean coupled) {
        Service service = Service.of(seed);
        Steps alone = new Steps();
        Simulator.run(service.config, service.cache, service.workload, TIMES, alone);
        Steps rank = service.run(new DataParallel(1, coupled)).getFirst();
        assertThat(rank.steps).isEqualTo(alone.steps);
        assertThat(rank.arrived).isEqualTo(alone.arrived);
        assertThat(rank.ended).isEqualTo(alone.ended);
    }

    @ParameterizedTest(name = "seed {0}, {1} ranks")
    @CsvSource({"11,2", "12,3", "13,4", "14,2", "15,5", "16,8"})
    void uncoupledRanksAreAsManyEnginesThatServeTheirShares(long seed, int size) {
        Service service = Service.of(seed);
        for (Steps rank : service.run(new DataParallel(size, false))) {
            Steps alone = new Steps();
            Workload share = new Workload("share", rank.arrived, OptionalInt.empty(), "");
            Simulator.run(service.config, service.cache, share, TIMES, alone);
            assertThat(rank.steps).isEqualTo(alone.steps);
            assertThat(rank.ended).isEqualTo(alone.ended);
        }
    }

    @ParameterizedTest(name = "seed {0}, {1} ranks")
    @CsvSource({"21,2", "22,3", "23,4", "24,2", "25,5", "26,8"})
    void aCoupledStepTakesAsLongAsTheSlowestRankNeeds(long seed, int size) {
        TreeMap<Long, List<Step>> rounds = new TreeMap<>();
        for (Steps rank : Service.of(seed).run(new DataParallel(size, true))) {
            for (Step step : rank.steps) {
                rounds.computeIfAbsent(step.resultNanos(), end -> new ArrayList<>()).add(step);
            }
        }
        long before = 0;
        int shared = 0;
        for (Map.Entry<Long, List<Step>> round : rounds.entrySet()) {
            long begin = before;
            for (Step step : round.getValue()) {
                begin = Math.max(begin, step.submitNanos() + TIMES.hostNanos());
            }
            long slowest = round.getValue().stream().mapToLong(Step::deviceNanos).max().orElseThrow();
            assertThat(round.getKey() - begin).isEqualTo(slowest);
            shared += round.getValue().size() > 1 ? 1 : 0;
            before = round.getKey();
        }
        assertThat(shared).as("steps in which several ranks had work").isPositive();
    }

    @ParameterizedTest(name = "seed {0}, {1} ranks, coupled {2}")
    @CsvSource({"31,2,false", "32,3,false", "33,7,false", "31,2,true", "32,3,true", "33,7,true", "34,4,true", "34,4,false"})
    void everyRequestEndsOnceAtOneRank(long seed, int size, boolean coupled) {
        Service service = Service.of(seed);
        DataParallel ranks = new DataParallel(size, coupled);
        List<String> ended = new ArrayList<>();
        long generated = 0;
        for (Steps rank : service.run(ranks)) {
            ended.addAll(rank.ended.keySet());
        }
        assertThat(ended).containsExactlyInAnyOrderElementsOf(
                service.workload.requests().stream().map(Request::id).toList());
        ServingMetrics metrics = service.metrics(ranks);
        assertThat(metrics.completed() + metrics.failed()).isEqualTo(service.workload.requests().size());
        assertThat(metrics).isEqualTo(service.metrics(ranks));
        for (Request request : service.workload.requests()) {
            generated += request.promptTokens() < 8000 ? request.stopRules().maxTokens() : 0;
        }
        assertThat(metrics.totalOutputTokens()).isEqualTo(generated);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {41, 42, 43})
    void aClientWithSoManyOpenRequestsNeverHasMore(long seed) {
        Service service = Service.of(seed);
        Workload closed = new Workload("test", service.workload.requests(), OptionalInt.of(6), "");
        List<long[]> changes = new ArrayList<>();
        List<Recorder> recorders = IntStream.range(0, 3).mapToObj(i -> new Recorder(changes)).toList();
        Simulator.run(new DataParallel(3, false), service.config, service.cache, closed, TIMES, recorders::get);
        // At one time ends count before starts.
        changes.sort((a, b) -> a[0] != b[0] ? Long.compare(a[0], b[0]) : Long.compare(a[1], b[1]));
        long open = 0;
        long most = 0;
        for (long[] change : changes) {
            open += change[1];
            most = Math.max(most, open);
        }
        assertThat(most).isEqualTo(6);
        assertThat(open).isZero();
    }

    /// When requests were sent (+1) and ended (-1).
    private record Recorder(List<long[]> changes) implements StepObserver {
        @Override
        public void arrived(Request request, long nowNanos) {
            changes.add(new long[] {request.arrivalNanos(), 1});
        }

        @Override
        public void rejected(Request request, String reason, long nowNanos) {
            changes.add(new long[] {nowNanos, -1});
        }

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            changes.add(new long[] {nowNanos, -1});
        }
    }

    @Test
    void requestsGoToTheRankWithTheLeastWaitingAndRunning() {
        // One sequence at a time: the first two run, the third waits behind the first, the fourth behind the second. The second rank is
        // free first, and takes the fifth.
        List<Request> requests = List.of(
                request("long", 40, 0), request("short", 5, 0), request("behind", 5, 1), request("after", 5, 2), request("fifth", 5, 30));
        List<Steps> ranks = new Service(
                SchedulerConfig.of(64, 1, 4096), KvCacheConfig.of(16, 100, false), new Workload("test", requests, OptionalInt.empty(), ""))
                .run(new DataParallel(2, false));
        assertThat(ranks.get(0).arrived).extracting(Request::id).containsExactly("long", "behind");
        assertThat(ranks.get(1).arrived).extracting(Request::id).containsExactly("short", "after", "fifth");
    }

    @Test
    void aCoupledRankWaitsForTheLongPromptOfAnother() {
        List<Request> requests = List.of(request("chat", 20, 0), Request.of("document", new Prompt.Seeded(3000, 9), 1, 10 * MILLI));
        Service service = new Service(
                SchedulerConfig.of(4096, 8, 8192), KvCacheConfig.of(16, 1000, false),
                new Workload("test", requests, OptionalInt.empty(), ""));
        // 2 ms and 50 us a token on the device, 0.3 ms on the host: 2.35 ms between two tokens, but 152.3 ms once.
        assertThat(service.metrics(new DataParallel(2, true)).itl().mean()).isCloseTo((18 * 2.35 + 152.3) / 19, within(1e-6));
        assertThat(service.metrics(new DataParallel(2, false)).itl().mean()).isCloseTo(2.35, within(1e-6));
    }

    private static Request request(String id, int output, long arrivalMillis) {
        return Request.of(id, new Prompt.Seeded(10, id.hashCode()), output, arrivalMillis * MILLI);
    }
}
