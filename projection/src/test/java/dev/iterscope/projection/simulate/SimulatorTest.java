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
import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatorTest {
    private static final long MILLI = 1_000_000;

    private static Workload workload(OptionalInt concurrency, Request... requests) {
        return new Workload("test", List.of(requests), concurrency, "");
    }

    private static Request request(String id, int prompt, int output, long arrivalMillis) {
        return Request.of(id, new Prompt.Seeded(prompt, id.hashCode()), output, arrivalMillis * MILLI);
    }

    private static ServingMetrics run(SchedulerConfig config, Workload workload, TestTimes times) {
        return Simulator.run(config, KvCacheConfig.of(16, 1000, false), workload, times, GoodputLimits.NONE).metrics();
    }

    @Test
    void aSingleRequestTakesAStepForItsPromptAndOnePerFurtherToken() {
        ServingMetrics metrics =
                run(SchedulerConfig.of(64, 8, 4096), workload(OptionalInt.empty(), request("a", 100, 5, 0)),
                        new TestTimes(10 * MILLI, 0, 0));
        assertThat(metrics.ttft().mean()).isEqualTo(20); // 64 + 36 tokens
        assertThat(metrics.itl().mean()).isEqualTo(10);
        assertThat(metrics.tpot().mean()).isEqualTo(10);
        assertThat(metrics.e2el().mean()).isEqualTo(60);
        assertThat(metrics.durationSeconds()).isEqualTo(0.06);
        assertThat(metrics.engine().iterations()).isEqualTo(6);
    }

    @Test
    void asynchronousSchedulingHidesTheHostBehindTheDevice() {
        Workload one = workload(OptionalInt.empty(), request("a", 10, 101, 0));
        TestTimes times = new TestTimes(10 * MILLI, 0, 4 * MILLI);
        ServingMetrics synchronous = run(SchedulerConfig.of(64, 8, 4096), one, times);
        ServingMetrics asynchronous = run(SchedulerConfig.of(64, 8, 4096).withAsyncScheduling(true), one, times);
        assertThat(synchronous.tpot().mean()).isCloseTo(14, within(1e-9));
        assertThat(asynchronous.tpot().mean()).isCloseTo(10, within(0.05));
        assertThat(asynchronous.totalOutputTokens()).isEqualTo(101);
    }

    @Test
    void aHostSlowerThanItsDeviceSetsThePaceOfAsynchronousSteps() {
        Workload one = workload(OptionalInt.empty(), request("a", 10, 101, 0));
        ServingMetrics metrics =
                run(SchedulerConfig.of(64, 8, 4096).withAsyncScheduling(true), one, new TestTimes(3 * MILLI, 0, 9 * MILLI));
        assertThat(metrics.tpot().mean()).isCloseTo(9, within(0.1));
    }

    @Test
    void aClosedLoopKeepsSoManyRequestsOpen() {
        Workload closed = workload(OptionalInt.of(1), request("a", 10, 10, 0), request("b", 10, 10, 0));
        ServingMetrics metrics = run(SchedulerConfig.of(64, 8, 4096), closed, new TestTimes(10 * MILLI, 0, 0));
        assertThat(metrics.e2el().p99()).isEqualTo(100); // the second is sent when the first has ended
        assertThat(metrics.durationSeconds()).isEqualTo(0.2);
    }

    @Test
    void aRequestThatCanNeverFitFailsAlone() {
        Workload two = workload(OptionalInt.empty(), request("big", 20_000, 10, 0), request("small", 10, 10, 0));
        ServingMetrics metrics = Simulator.run(
                SchedulerConfig.of(64, 8, 40_000), KvCacheConfig.of(16, 101, false), two, new TestTimes(MILLI, 0, 0), GoodputLimits.NONE)
                .metrics();
        assertThat(metrics.failed()).isEqualTo(1);
        assertThat(metrics.completed()).isEqualTo(1);
    }

    /// What a reader of token times would compute, without any of the collector's code.
    private static final class Naive implements StepObserver {
        private final Map<String, List<Long>> tokens = new HashMap<>();
        private final Map<String, Long> arrivals = new HashMap<>();
        private final Map<String, Integer> counts = new HashMap<>();

        @Override
        public void arrived(Request request, long nowNanos) {
            arrivals.put(request.id(), request.arrivalNanos());
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            for (int i = 0; i < plan.size(); i++) {
                Sequence sequence = plan.sequence(i);
                String id = sequence.request().id();
                if (sequence.outputTokens() > counts.getOrDefault(id, 0)) {
                    counts.put(id, sequence.outputTokens());
                    tokens.computeIfAbsent(id, key -> new ArrayList<>()).add(timing.resultNanos());
                }
            }
        }

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            assertThat(tokens.getOrDefault(sequence.request().id(), List.of())).hasSize(sequence.outputTokens());
        }

        double[] ttft() {
            return tokens.entrySet().stream().mapToDouble(entry -> entry.getValue().getFirst() - arrivals.getOrDefault(entry.getKey(), 0L))
                    .toArray();
        }

        double[] e2el() {
            return tokens.entrySet().stream().mapToDouble(entry -> entry.getValue().getLast() - arrivals.getOrDefault(entry.getKey(), 0L))
                    .toArray();
        }

        double[] tpot() {
            return tokens.values().stream()
                    .filter(times -> times.size() > 1)
                    .mapToDouble(times -> (double) (times.getLast() - times.getFirst()) / (times.size() - 1))
                    .toArray();
        }

        double[] itl() {
            return tokens.values().stream().flatMapToDouble(times -> IntStream.range(1, times.size())
                    .mapToDouble(i -> times.get(i) - times.get(i - 1)))
                    .toArray();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void metricsAreThoseOfTheTokenTimes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Request> requests = new ArrayList<>();
        long arrival = 0;
        for (int i = 0; i < 120; i++) {
            arrival += random.nextInt(30);
            requests.add(request("r" + i, random.nextInt(1, 400), random.nextInt(1, 60), arrival));
        }
        SchedulerConfig config = SchedulerConfig.of(random.nextInt(32, 256), random.nextInt(1, 32), 4096)
                .withAsyncScheduling(random.nextBoolean());
        KvCacheConfig cache = KvCacheConfig.of(16, random.nextInt(40, 300), random.nextBoolean());
        Workload workload = workload(random.nextBoolean() ? OptionalInt.of(8) : OptionalInt.empty(), requests.toArray(Request[]::new));
        TestTimes times = new TestTimes(2 * MILLI, 50_000, 300_000);
        Naive naive = new Naive();
        Simulator.run(config, cache, workload, times, naive);
        ServingMetrics metrics = Simulator.run(config, cache, workload, times, GoodputLimits.NONE).metrics();
        assertThat(metrics.completed()).isEqualTo(120);
        assertThat(metrics.totalOutputTokens())
                .isEqualTo(requests.stream().mapToLong(request -> request.stopRules().maxTokens()).sum());
        exact(metrics.ttft(), naive.ttft());
        exact(metrics.tpot(), naive.tpot());
        exact(metrics.e2el(), naive.e2el());
        double[] itl = naive.itl();
        exact(metrics.itl(), itl);
    }

    private static void exact(Latency latency, double[] nanos) {
        assertThat(latency.mean()).isCloseTo(mean(nanos), within(1e-6));
        assertThat(latency.p50()).isCloseTo(percentile(nanos, 0.5), within(1e-6));
        assertThat(latency.p99()).isCloseTo(percentile(nanos, 0.99), within(1e-6));
    }

    private static double mean(double[] nanos) {
        return Arrays.stream(nanos).average().orElseThrow() / 1e6;
    }

    /// `numpy.percentile` with its default, linear interpolation, written from its documentation.
    private static double percentile(double[] nanos, double q) {
        double[] sorted = Arrays.stream(nanos).sorted().toArray();
        double position = q * (sorted.length - 1);
        int floor = (int) Math.floor(position);
        int ceiling = (int) Math.ceil(position);
        return (sorted[floor] * (1 - (position - floor)) + sorted[ceiling] * (position - floor)) / 1e6;
    }

    @Test
    void theSameSeedGivesTheSameResult() {
        Workload work = workload(OptionalInt.empty(), request("a", 300, 40, 0), request("b", 20, 50, 3), request("c", 90, 9, 5));
        TestTimes times = new TestTimes(MILLI, 10_000, 0);
        assertThat(run(SchedulerConfig.of(128, 2, 4096), work, times)).isEqualTo(run(SchedulerConfig.of(128, 2, 4096), work, times));
    }
}
