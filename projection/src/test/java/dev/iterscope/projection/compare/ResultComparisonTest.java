package dev.iterscope.projection.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultComparisonTest {
    private static final long MILLI = 1_000_000;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aChangeLiesInItsIntervalAndNoChangeIsNotCalledOne(long seed) {
        Recording before = recording(seed, 200, 1.0, "length");
        ResultComparison none = ResultComparison.of(before, recording(seed, 200, 1.0, "length"));
        ResultComparison other = ResultComparison.of(before, recording(seed + 100, 200, 1.0, "length"));
        ResultComparison slower = ResultComparison.of(before, recording(seed, 200, 1.5, "length"));

        assertThat(none.changes()).noneMatch(ResultChange::isShown);
        assertThat(other.paired()).isFalse();
        assertThat(change(other, "mean_ttft_ms").isShown()).as(change(other, "mean_ttft_ms").toString()).isFalse();
        assertThat(slower.paired()).isTrue();
        ResultChange ttft = change(slower, "mean_ttft_ms");
        // Times are whole milliseconds, of about 100.
        assertThat(ttft.percent().orElseThrow()).isCloseTo(50, within(1.0));
        assertThat(ttft.isShown()).isTrue();
        assertThat(ttft.isBetter()).isFalse();
        assertThat(ttft.interval().orElseThrow().low()).isBetween(20.0, 50.0);
        assertThat(ttft.interval().orElseThrow().high()).isBetween(50.0, 90.0);
    }

    @Test
    void requestsThatWereAbortedDoNotCount() {
        assertThat(RecordedResults.of(recording(1, 20, 1.0, "abort")).values()).isEmpty();
    }

    @Test
    void aFewRequestsHaveNoIntervals() {
        ResultComparison few = ResultComparison.of(recording(1, 7, 1.0, "stop"), recording(1, 7, 2.0, "stop"));

        assertThat(few.blocks()).isZero();
        assertThat(few.changes()).allMatch(change -> change.interval().isEmpty());
        assertThat(change(few, "p99_e2el_ms").percent().orElseThrow()).isPositive();
    }

    @Test
    void whatNoRecordingTellsIsNotKnown() {
        ResultComparison comparison = ResultComparison.of(recording(1, 30, 1.0, "stop"), recording(2, 30, 1.0, "stop"));

        // No steps: no duration of steps, no KV usage, no preemptions; and gaps between tokens were not recorded.
        for (String key : List.of("p99_itl_ms", "mean_step_ms", "preemptions", "peak_kv_usage")) {
            assertThat(change(comparison, key).before()).as(key).isEmpty();
            assertThat(change(comparison, key).unknown()).as(key).isNotEmpty();
        }
    }

    @Test
    void throughputCountsFromTheFirstArrivalToTheLastToken() {
        Recording two = with(List.of(request("a", 1000, 10, 110, 11, "stop"), request("b", 1500, 10, 500, 50, "stop")));

        assertThat(RecordedResults.of(two).values()).containsEntry("duration", 1.0).containsEntry("completed", 2.0)
                .containsEntry("output_throughput", 61.0).containsEntry("total_token_throughput", 261.0)
                .containsEntry("request_throughput", 2.0);
    }

    private static ResultChange change(ResultComparison comparison, String key) {
        return comparison.changes().stream().filter(change -> change.key().equals(key)).findFirst().orElseThrow();
    }

    private static Recording recording(long seed, int count, double factor, String reason) {
        SplittableRandom random = new SplittableRandom(seed);
        List<RequestRecord> requests = new ArrayList<>();
        long arrival = 0;
        for (int i = 0; i < count; i++) {
            arrival += random.nextInt(40);
            long ttft = Math.round(factor * random.nextInt(50, 150));
            int output = random.nextInt(10, 60);
            requests.add(request("r" + i, arrival, ttft, Math.round(ttft + factor * 10 * output), output, reason));
        }
        return with(requests);
    }

    private static RequestRecord request(String id, long arrivalMillis, long ttftMillis, long endMillis, int output, String reason) {
        return new RequestRecord(id, OptionalLong.of(arrivalMillis * MILLI), OptionalInt.of(100), OptionalInt.of(output),
                OptionalInt.of(output), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalLong.empty(),
                OptionalLong.of(ttftMillis * MILLI), OptionalLong.of((endMillis - ttftMillis) * MILLI / Math.max(1, output - 1)),
                OptionalLong.of(endMillis * MILLI), List.of(), List.of(), Optional.of(reason));
    }

    private static Recording with(List<RequestRecord> requests) {
        return new Recording("test", List.of("test"), new SettingsDraft().build(), List.of(), List.of(), requests, List.of(), List.of(),
                List.of(), List.of(), new Timing(Timing.Basis.UNUSABLE, 1), List.of());
    }
}
