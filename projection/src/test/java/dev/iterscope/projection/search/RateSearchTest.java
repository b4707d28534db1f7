package dev.iterscope.projection.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.workload.Workload;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateSearchTest {
    private static final int REQUESTS = 101;
    /// Requests/s that the queue completes at most.
    private static final double CAPACITY = 8;

    private static Workload workload(double rate) {
        List<Request> requests = IntStream.range(0, REQUESTS)
                .mapToObj(i -> Request.of("r" + i, new Prompt.Seeded(1, i), 1, Math.round(i / rate * 1e9)))
                .toList();
        return new Workload("test", requests, OptionalInt.empty(), "");
    }

    /// Time in an M/M/1 system, 1 / (capacity - rate) seconds.
    private static ServingMetrics serve(Workload workload) {
        double span = workload.requests().getLast().arrivalNanos() / 1e9;
        double rate = span > 0 ? (REQUESTS - 1) / span : Double.POSITIVE_INFINITY;
        double millis = rate < CAPACITY ? 1000 / (CAPACITY - rate) : 1e9;
        Latency latency = new Latency(millis, 0, millis, millis, millis, millis);
        return new ServingMetrics(REQUESTS / Math.min(rate, CAPACITY), REQUESTS, 0, REQUESTS, REQUESTS, OptionalDouble.empty(), 0, 0,
                latency, latency, latency, latency, new ServingMetrics.EngineWork(1, 0, 0));
    }

    private static OptionalDouble highest(double rate, double mostMillis) {
        return new RateSearch(workload(rate), RateSearchTest::serve, metrics -> metrics.ttft().mean() <= mostMillis)
                .highest(serve(workload(rate)).ttft().mean() <= mostMillis);
    }

    @ParameterizedTest
    @CsvSource({"1, 1000", "1, 200", "20, 500", "0.01, 150"})
    void findsWhereTheLatencyOfAQueueReachesTheBound(double rate, double mostMillis) {
        assertThat(highest(rate, mostMillis).orElseThrow()).isCloseTo(CAPACITY - 1000 / mostMillis, withinPercentage(2));
    }

    /// Where all arrive at once, nothing is interrupted: an objective may be met there and missed at all rates that last.
    @Test
    void anObjectiveMetOnlyWhereAllArriveAtOnceDoesNotMakeThatTheHighestRate() {
        OptionalDouble highest = new RateSearch(workload(1), RateSearchTest::serve, metrics -> {
            double rate = CAPACITY - 1000 / metrics.ttft().mean();
            return rate <= 3 || rate > 7;
        }).highest(true);
        assertThat(highest.orElseThrow()).isCloseTo(3, withinPercentage(2));
    }

    @Test
    void noServiceSustainsMoreThanItCompletes() {
        assertThat(highest(1, 2e9)).hasValue(CAPACITY);
    }

    /// A finite workload may meet an objective at a rate that no service sustains: it ends before its queue has grown.
    @Test
    void aWorkloadWhoseOwnRateMeetsTheObjectiveHasAtLeastThatAsItsHighest() {
        OptionalDouble highest = new RateSearch(workload(20), RateSearchTest::serve, metrics -> false).highest(true);
        assertThat(highest).hasValue(20);
    }

    @Test
    void aWorkloadWhoseOwnRateMissesTheObjectiveHasALowerHighest() {
        OptionalDouble highest = new RateSearch(workload(5), RateSearchTest::serve, metrics -> true).highest(false);
        assertThat(highest.orElseThrow()).isLessThan(5).isCloseTo(5, withinPercentage(2));
    }

    @ParameterizedTest
    @CsvSource({"1, 1000, 6.9", "1, 200, 4", "20, 500, 1", "0.01, 150, 8", "1, 1000, 2"})
    void aSearchFromARateNearbyFindsTheSame(double rate, double mostMillis, double known) {
        OptionalDouble highest = new RateSearch(workload(rate), RateSearchTest::serve, metrics -> metrics.ttft().mean() <= mostMillis)
                .near(known, serve(workload(rate)).ttft().mean() <= mostMillis);
        assertThat(highest.orElseThrow()).isCloseTo(CAPACITY - 1000 / mostMillis, withinPercentage(2));
    }

    @Test
    void anObjectiveThatNoRateMeetsHasNone() {
        assertThat(highest(1, 1000 / CAPACITY)).isEmpty();
    }
}
