package dev.iterscope.profiler.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.profiler.LiveSamples;
import dev.iterscope.profiler.TestCounts;
import dev.iterscope.profiler.live.LiveEngine;
import dev.iterscope.profiler.live.LiveIteration;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The expected lines are vLLM's own, as its users posted them.
final class IterationLogTest {

    private static final Instant AT = Instant.parse("2026-02-18T16:21:20.4Z");
    private static final Pattern NOTE = Pattern.compile("(\\d+) iterations were (?:lost|left out)");
    private static final Duration LAG = Duration.ofSeconds(5);

    private final List<String> lines = new ArrayList<>();
    private Instant now = AT;

    @Test
    void writesVllmsFirstForm() {
        Instant at = Instant.parse("2025-12-22T21:44:40Z");
        now = at;
        IterationLog log = log(IterationLogForm.PLAIN, 2010410);

        log.iteration(LiveSamples.iteration(
                new TestCounts(515, 0, 0, 20, 20, 300, 1000, 4000, 20, 0, 0), at, Duration.ofNanos(10_994_999)));

        assertThat(lines)
                .containsExactly("(EngineCore_DP0 pid=2010410) INFO 12-22 21:44:40 [core.py:349] Iteration(515): "
                        + "0 context requests, 0 context tokens, 20 generation requests, 20 generation tokens, "
                        + "iteration elapsed time: 10.99 ms");
    }

    @Test
    void writesTheProposalsFormWithBlocksAndTokens() {
        IterationLog log = log(IterationLogForm.KV, 2733609);

        log.engine(new LiveEngine(16, 68959));
        log.iteration(LiveSamples.iteration(TestCounts.PROPOSAL, AT, Duration.ofNanos(10_250_000)));
        log.iteration(
                LiveSamples.iteration(TestCounts.PROPOSAL.withIteration(189), AT, Duration.ofNanos(720_000)));

        assertThat(lines)
                .containsExactly(
                        "(EngineCore_DP0 pid=2733609) INFO 02-18 16:21:20 [core.py:387] Iteration(188): "
                                + "0 context requests, 0 context tokens, 50 generation requests, 50 generation tokens, "
                                + "iteration elapsed time: 10.25 ms, kv cache: 5.1% (3500/68959 blocks, 56000 tokens)",
                        "(EngineCore_DP0 pid=2733609) INFO 02-18 16:21:20 [core.py:387] Iteration(189): "
                                + "0 context requests, 0 context tokens, 50 generation requests, 50 generation tokens, "
                                + "iteration elapsed time: 0.72 ms, kv cache: 5.1% (3500/68959 blocks, 56000 tokens)");
    }

    @Test
    void writesTheFrontEndsFormWithTheEncoder() {
        IterationLog log = log(IterationLogForm.FRONTEND, 66);
        TestCounts counts = new TestCounts(8406559, 2, 2112, 3, 3, 6, 1000, 90, 5, 0, 0);
        LiveIteration step = LiveSamples.iteration(counts, AT, Duration.ofNanos(257_320_000));

        log.iteration(LiveSamples.with(step, detail(0, 1, 576, false)));

        assertThat(lines)
                .containsExactly("(APIServer pid=66) INFO 02-18 16:21:20 [loggers.py:271] Engine 000: "
                        + "Iteration(8406559): 2 context requests, 2112 context tokens, 3 generation requests, "
                        + "3 generation tokens, iteration elapsed time: 257.32 ms, GPU KV cache usage: 0.6%, "
                        + "encoder inputs: 1, encoder output embeddings: 576");
    }

    @Test
    void marksDummyStepsAndNamesTheRank() {
        IterationLog log = log(IterationLogForm.PLAIN, 1);

        log.iteration(LiveSamples.with(
                LiveSamples.iteration(TestCounts.EMPTY, AT, Duration.ofMillis(1)), detail(3, 0, 0, true)));

        assertThat(lines.getFirst()).startsWith("(EngineCore_DP3 pid=1) ").endsWith("elapsed time: 1.00 ms (dummy)");
    }

    @Test
    void saysHowManyLinesItLeftOutWhenItIsBehind() {
        IterationLog log = log(IterationLogForm.PLAIN, 1);

        log.iteration(step(1, AT));
        now = AT.plus(LAG).plusMillis(1);
        log.iteration(step(2, AT));
        log.iteration(step(3, AT));
        log.iteration(step(4, now));
        log.iteration(step(5, now));

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).contains("Iteration(1)");
        assertThat(lines.get(1)).endsWith("2 iterations were left out, since this log was behind the engine");
        assertThat(lines.get(2)).contains("Iteration(4)");
        assertThat(lines.get(3)).contains("Iteration(5)");
    }

    @Test
    void saysAtTheEndWhatItLeftOut() {
        IterationLog log = log(IterationLogForm.PLAIN, 1);
        now = AT.plus(LAG).plusMillis(1);

        log.iteration(step(1, AT));
        log.end();

        assertThat(lines).singleElement().asString().contains("1 iterations were left out");
    }

    @Test
    void tellsIterationsThatNeverCame() {
        IterationLog log = log(IterationLogForm.PLAIN, 1);

        log.iteration(step(1, AT));
        log.iteration(step(5, AT));
        log.upTo(AT);
        assertThat(lines).hasSize(2);
        log.upTo(AT);
        log.upTo(AT);

        assertThat(lines).hasSize(3);
        assertThat(lines.get(2)).endsWith("3 iterations were lost by the Flight Recorder");
    }

    @Test
    void takesIterationsThatComeLateForThere() {
        IterationLog log = log(IterationLogForm.PLAIN, 1);

        log.iteration(step(1, AT));
        log.iteration(step(4, AT));
        log.upTo(AT);
        log.iteration(step(2, AT));
        log.iteration(step(3, AT));
        log.upTo(AT);
        log.upTo(AT);
        log.end();

        assertThat(lines).hasSize(4).allSatisfy(line -> assertThat(line).contains("Iteration("));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void linesAndWhatItSaysIsMissingAddUpToTheIterations(long seed) {
        Random random = new Random(seed);
        IterationLog log = log(IterationLogForm.KV, 1);
        int last = 200;

        for (int step = 1; step <= last; step += step == last ? 1 : Math.min(1 + random.nextInt(3), last - step)) {
            Instant end = AT.plusSeconds(step);
            now = end.plusMillis(random.nextInt(2 * (int) LAG.toMillis()));
            log.iteration(step(step, end));
            if (random.nextInt(5) == 0) {
                log.upTo(end);
            }
        }
        log.end();

        int written = 0;
        int missing = 0;
        for (String line : lines) {
            Matcher note = NOTE.matcher(line);
            if (note.find()) {
                missing += Integer.parseInt(note.group(1));
            } else {
                assertThat(line).contains("Iteration(");
                written++;
            }
        }
        assertThat(written).isPositive();
        assertThat(missing).isPositive();
        assertThat(written + missing).isEqualTo(last);
    }

    @Test
    void namesItsFormsAsTheOptionDoes() {
        assertThat(IterationLogForm.of("kv")).contains(IterationLogForm.KV);
        assertThat(IterationLogForm.of("frontend")).contains(IterationLogForm.FRONTEND);
        assertThat(IterationLogForm.of("plain")).contains(IterationLogForm.PLAIN);
        assertThat(IterationLogForm.of("KV")).isEmpty();
    }

    private IterationLog log(IterationLogForm form, long pid) {
        InstantSource clock = () -> now;
        return new IterationLog(form, new LogPrefix(pid, ZoneOffset.UTC), lines::add, LAG, clock);
    }

    private static LiveIteration step(int iteration, Instant end) {
        return LiveSamples.iteration(TestCounts.PROPOSAL.withIteration(iteration), end, Duration.ofMillis(1));
    }

    private static LiveIteration.Detail detail(int engine, int encoderInputs, int encoderTokens, boolean dummy) {
        return new LiveIteration.Detail(
                engine,
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                encoderInputs,
                encoderTokens,
                dummy);
    }
}
