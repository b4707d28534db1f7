package dev.iterscope.profiler.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.profiler.LiveSamples;
import dev.iterscope.profiler.TestCounts;
import dev.iterscope.profiler.live.LiveIteration;
import dev.iterscope.profiler.live.LiveRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The expected words are those of the lines that vLLM's users posted.
final class IntervalLogTest {

    private static final Instant BEGIN = Instant.parse("2025-09-06T21:18:32Z");

    private final List<String> lines = new ArrayList<>();
    private final IntervalLog log =
            new IntervalLog(new LogPrefix(1423, ZoneOffset.UTC), lines::add, IntervalLog.DEFAULT_INTERVAL);

    @Test
    void writesVllmsLineEveryTenSeconds() {
        step(new TestCounts(1, 1, 1024, 0, 0, 4, 1000, 60, 1, 0, 0), 1, LiveSamples.prefix(1000, 492, 0));
        step(new TestCounts(2, 0, 0, 1, 1126, 4, 1000, 60, 1, 0, 0), 5, LiveSamples.prefix(0, 0, 0));
        log.request(request(Optional.of(Duration.ofSeconds(1))));
        log.request(request(Optional.empty()));
        log.upTo(BEGIN.plusSeconds(9));
        assertThat(lines).isEmpty();
        log.upTo(BEGIN.plusSeconds(10));

        assertThat(lines)
                .containsExactly("(APIServer pid=1423) INFO 09-06 21:18:42 [loggers.py:259] Engine 000: "
                        + "Avg prompt throughput: 102.4 tokens/s, Avg generation throughput: 112.7 tokens/s, "
                        + "Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.4%, Prefix cache hit rate: 49.2%");
    }

    @Test
    void tellsOnceThatTheEngineIsAtRest() {
        step(new TestCounts(1, 1, 100, 0, 0, 4, 1000, 60, 1, 2, 0), 1, LiveSamples.prefix(100, 0, 0));
        for (int seconds = 10; seconds <= 60; seconds += 10) {
            log.upTo(BEGIN.plusSeconds(seconds));
        }

        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains("prompt throughput: 10.0 tokens/s", "Running: 1 reqs, Waiting: 2 reqs");
        assertThat(lines.get(1))
                .endsWith("Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 0.0 tokens/s, "
                        + "Running: 0 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.0%, Prefix cache hit rate: 0.0%");
    }

    @Test
    void forgetsOldLookupsInTheHitRate() {
        HitRate rate = new HitRate(2);
        rate.add(LiveSamples.prefix(100, 100, 0));
        rate.add(LiveSamples.prefix(0, 0, 0));
        rate.add(LiveSamples.prefix(50, 10, 0));
        rate.add(LiveSamples.prefix(50, 20, 0));

        assertThat(rate.queries()).isEqualTo(100);
        assertThat(rate.hits()).isEqualTo(30);
    }

    private void step(TestCounts counts, int endSeconds, LiveIteration.Detail detail) {
        log.iteration(LiveSamples.with(
                LiveSamples.iteration(counts, BEGIN.plusSeconds(endSeconds), Duration.ofSeconds(1)), detail));
    }

    private static LiveRequest request(Optional<Duration> firstToken) {
        return new LiveRequest(
                10, 20, Optional.empty(), firstToken, Optional.empty(), Duration.ofSeconds(2), "length");
    }
}
