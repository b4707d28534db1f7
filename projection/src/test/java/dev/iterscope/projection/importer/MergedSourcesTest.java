package dev.iterscope.projection.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.request.UserInputException.Kind;
import dev.iterscope.projection.export.jfr.JfrWriter;
import dev.iterscope.projection.importer.Recordings.Runs;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several sources as one recording: one clock, engines told apart, a client's measurements beside the server's steps.
class MergedSourcesTest {

    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path folder;

    @Test
    void twoServersThatBothCallThemselvesRankZeroAreTwoEngines() throws IOException {
        Path a = log("a.log", "01-02", 10 * 3600, 1, 60, 20);
        Path b = log("b.log", "01-02", 10 * 3600 + 5, 1, 60, 33);
        Recording both = Recordings.read(List.of(a, b));
        assertThat(both.iterations()).hasSize(120);
        assertThat(both.iterations().stream().filter(step -> step.engine() == 1)).hasSize(60)
                .allMatch(step -> step.generationRequests() >= 33);
        assertThat(codes(both)).contains("rank-renumbered");
        assertThat(runs(a, b).each()).hasSize(1);
    }

    @Test
    void logsThatBeginOnDifferentDaysStandOnOneClockAlsoOverNewYear() throws IOException {
        Path december = log("december.log", "12-31", 23 * 3600 + 3590, 1, 60, 20);
        Path january = log("january.log", "01-01", 5, 1, 60, 33);
        Recording both = Recordings.read(List.of(january, december));
        assertThat(lastEnd(both, 1)).isBetween(86_400 * SECOND, 86_500 * SECOND);
        assertThat(lastEnd(both, 0)).isEqualTo((86_400 + 5 + 59) * SECOND);
        assertThat(codes(both)).contains("rank-renumbered");
    }

    @Test
    void aRotatedLogGoesOnWhereTheOtherEnds() throws IOException {
        Path old = log("server.log.1", "01-02", 3600, 1, 60, 20);
        Path recent = log("server.log", "01-02", 3660, 61, 60, 20);
        Runs runs = runs(recent, old);
        assertThat(runs.each()).hasSize(1);
        assertThat(runs.merged().iterations().stream().map(step -> step.number().orElseThrow()).toList())
                .isSorted().hasSize(120);
        assertThat(runs.merged().iterations()).allMatch(step -> step.engine() == 0);
    }

    @Test
    void runsAtOtherLimitsOrTimesStayRunsOfTheirOwn() throws IOException {
        Path first = log("first.log", "01-02", 3600, 1, 60, 20);
        Path later = log("later.log", "01-02", 7200, 1, 60, 20);
        assertThat(runs(first, later).each()).hasSize(2);
        assertThat(Recordings.read(List.of(first, later)).warnings()).filteredOn(warning -> warning.code().equals("several-runs"))
                .singleElement().satisfies(warning -> assertThat(warning.message()).startsWith("the sources are of 2 runs"));
        assertThat(Recordings.read(List.of(first)).warnings()).noneMatch(warning -> warning.code().equals("several-runs"));
        String limit = "INFO 01-02 01:00:00 [x.py:1] Chunked prefill is enabled with max_num_batched_tokens=%d.\n";
        Path small = Files.writeString(folder.resolve("small.log"), String.format(Locale.ROOT, limit, 2048) + Files.readString(first));
        Path large = Files.writeString(folder.resolve("large.log"), String.format(Locale.ROOT, limit, 8192) + Files.readString(first));
        Runs budgets = runs(small, large);
        assertThat(budgets.each()).hasSize(2);
        assertThat(budgets.each().get(1).settings().maxNumBatchedTokens()).hasValue(8192);
    }

    /// The same steps in a log without a year and in a recording with exact times: they count once, and the log comes onto the epoch's
    /// clock.
    @Test
    void stepsOfTwoSourcesCountOnce() throws IOException {
        Path log = log("server.log", "07-02", 3600, 1, 60, 20);
        Recording logged = Recordings.read(List.of(log));
        Path exact = folder.resolve("exact.jfr");
        // The log's local time is two hours ahead of UTC.
        long shift = (LocalDate.of(2026, 7, 2).toEpochDay() * 86_400 - 7200) * SECOND + 123_456_789;
        List<Iteration> moved = logged.iterations().subList(10, 40).stream().map(step -> new Iteration(step.engine(), step.number(),
                step.endNanos().isPresent() ? OptionalLong.of(step.endNanos().getAsLong() + shift - 1000) : step.endNanos(),
                step.endNanos().isPresent() ? OptionalLong.of(step.endNanos().getAsLong() + shift) : step.endNanos(),
                OptionalLong.of(1000), step.contextRequests(), step.contextTokens(), step.generationRequests(),
                step.generationTokens(), step.kv(), step.runningRequests(), step.waitingRequests(), step.preemptions(), step.detail(),
                step.marks())).toList();
        JfrWriter.write(new Recording("jfr", List.of("run.jfr"), logged.settings(), List.of(), moved, List.of(), List.of(), List.of(),
                List.of(), List.of(), logged.timing(), List.of()), exact);

        // The log has twice the steps, so its steps count, in whichever order the two are named.
        Recording logFirst = Recordings.read(List.of(log, exact));
        assertThat(logFirst.iterations()).hasSize(60);
        assertThat(codes(logFirst)).contains("steps-recorded-twice");
        assertThat(logFirst.iterations().get(20).endNanos().orElseThrow() - moved.get(10).endNanos().orElseThrow()).isBetween(-SECOND, 0L);
        assertThat(Recordings.read(List.of(exact, log))).isEqualTo(logFirst);
    }

    @Test
    void aBenchResultStandsBesideTheStepsThatServedIt() throws IOException {
        Path log = folder.resolve("server.log");
        Path result = folder.resolve("result.json");
        long begin = serve(log, result, 42, "20260102-101500", 0);
        Runs runs = runs(log, result);
        assertThat(runs.each()).hasSize(1);
        Recording joined = runs.merged();
        assertThat(joined.source()).isEqualTo("vllm-log+bench-result");
        assertThat(joined.requests()).hasSize(40);
        assertThat(codes(joined)).contains("bench-joined").doesNotContain("bench-not-in-log");
        // The log knows times to the second.
        assertThat(joined.requests().getFirst().arrivalNanos().orElseThrow()).isBetween(begin - SECOND, begin + SECOND);
        assertThat(joined.requests().getFirst().timeToFirstTokenNanos()).isPresent();
        // The order of naming makes no difference.
        assertThat(Recordings.read(List.of(result, log)).requests()).isEqualTo(joined.requests());

        Path written = folder.resolve("joined.jfr");
        JfrWriter.write(joined, written);
        assertThat(Recordings.read(List.of(written)).requests()).isEqualTo(joined.requests());
    }

    /// Two runs of one benchmark in one log are told apart by the date of the result.
    @Test
    void theDateTellsWhichOfTwoEqualRunsAResultBelongsTo() throws IOException {
        Path first = folder.resolve("first.log");
        Path second = folder.resolve("second.log");
        Path early = folder.resolve("early.json");
        Path late = folder.resolve("late.json");
        long begin = serve(first, early, 42, "20260102-100110", 0);
        long again = serve(second, late, 42, "20260102-103110", 1800);
        Path both = Files.writeString(folder.resolve("both.log"), Files.readString(first) + Files.readString(second));
        assertThat(Recordings.read(List.of(both, early)).requests().getFirst().arrivalNanos().orElseThrow())
                .isBetween(begin - SECOND, begin + SECOND);
        assertThat(Recordings.read(List.of(both, late)).requests().getFirst().arrivalNanos().orElseThrow())
                .isBetween(again - SECOND, again + SECOND);
    }

    @Test
    void aResultOfAnotherRunIsSaid() throws IOException {
        Path log = log("server.log", "01-02", 3600, 1, 5, 1);
        Path result = folder.resolve("result.json");
        serve(folder.resolve("other.log"), result, 42, "20260102-101500", 0);
        assertThat(codes(Recordings.read(List.of(log, result)))).contains("bench-not-in-log");
    }

    @Test
    void standardInputIsASource() throws IOException {
        byte[] log = Files.readAllBytes(log("server.log", "01-02", 3600, 1, 60, 20));
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(Fixtures.gzip(log)));
            Recording recording = Recordings.read(List.of(Path.of("-")));
            assertThat(recording.iterations()).hasSize(60);
            assertThat(recording.files()).containsExactly("standard input");
            System.setIn(new ByteArrayInputStream(log));
            Path other = log("other.log", "01-02", 3600, 1, 60, 50);
            assertThat(Recordings.read(List.of(other, Path.of("-"))).iterations()).hasSize(120);
        } finally {
            System.setIn(before);
        }
        assertThatThrownBy(() -> Recordings.read(List.of(Path.of("-"), Path.of("-"))))
                .isInstanceOfSatisfying(UserInputException.class, fault -> assertThat(fault.kind()).isEqualTo(Kind.USAGE));
    }

    /// A log of one step a second.
    private Path log(String name, String day, int second, int firstNumber, int steps, int generating) throws IOException {
        StringBuilder text = new StringBuilder();
        int month = Integer.parseInt(day.substring(0, 2));
        int date = Integer.parseInt(day.substring(3));
        for (int i = 0; i < steps; i++) {
            int time = second + i;
            boolean nextDay = time >= 86_400;
            text.append(line(nextDay && month == 12 && date == 31 ? 1 : month, nextDay ? date % 31 + 1 : date, time % 86_400,
                    firstNumber + i, i % 7 == 0 ? 1 : 0, i % 7 == 0 ? 100 + i : 0, generating + i % 5, 990.0));
        }
        return Files.writeString(folder.resolve(name), text);
    }

    private static String line(int month, int day, int second, int number, int context, int contextTokens, int generating, double millis) {
        return String.format(Locale.ROOT,
                "(EngineCore_DP0 pid=7) INFO %02d-%02d %02d:%02d:%02d [core.py:1] Iteration(%d): %d context requests, %d context tokens, "
                        + "%d generation requests, %d generation tokens, iteration elapsed time: %.2f ms%n",
                month, day, second / 3600, second / 60 % 60, second % 60, number, context, contextTokens, generating, generating, millis);
    }

    /// Serves 40 requests that arrive over a minute, in steps of 20 ms, one prompt a step: the server's log and the client's result. Ten
    /// steps of somebody else come before.
    ///
    /// @return when the first request arrived, on the log's clock
    private static long serve(Path log, Path result, long seed, String date, int laterSeconds) throws IOException {
        Random random = new Random(seed);
        int requests = 40;
        long stepNanos = 20_000_000L;
        long begin = (10 * 3600 + laterSeconds) * SECOND + 300_000_000L;
        List<Long> arrivals = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            arrivals.add(i == 0 ? 0 : arrivals.getLast() + random.nextInt(3_000) * 1_000_000L);
        }
        int[] outputs = random.ints(requests, 20, 200).toArray();
        List<List<Long>> tokens = new ArrayList<>();
        arrivals.forEach(_ -> tokens.add(new ArrayList<>()));
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            text.append(line(1, 2, (int) (begin / SECOND) - 20 + i, i, 0, 0, 2, 20));
        }
        int waiting = 0;
        long number = 10;
        for (long time = stepNanos; tokens.getLast().size() < outputs[requests - 1] || waiting < requests; time += stepNanos) {
            int context = waiting < requests && arrivals.get(waiting) < time - stepNanos ? 1 : 0;
            int generating = 0;
            for (int i = 0; i < waiting; i++) {
                if (tokens.get(i).size() < outputs[i]) {
                    tokens.get(i).add(time);
                    generating++;
                }
            }
            if (context == 1) {
                tokens.get(waiting++).add(time);
            }
            if (context + generating > 0) {
                text.append(line(1, 2, (int) ((begin + time) / SECOND), (int) number++, context, 100 * context, generating, 20));
            }
        }
        Files.writeString(log, text);
        StringJoiner starts = new StringJoiner(",");
        StringJoiner firsts = new StringJoiner(",");
        StringJoiner gaps = new StringJoiner(",");
        StringJoiner inputs = new StringJoiner(",");
        StringJoiner lengths = new StringJoiner(",");
        for (int i = 0; i < requests; i++) {
            List<Long> times = tokens.get(i);
            starts.add(String.valueOf(5000 + arrivals.get(i) / 1e9));
            firsts.add(String.valueOf((times.getFirst() - arrivals.get(i)) / 1e9));
            StringJoiner own = new StringJoiner(",", "[", "]");
            for (int k = 1; k < times.size(); k++) {
                own.add(String.valueOf((times.get(k) - times.get(k - 1)) / 1e9));
            }
            gaps.add(own.toString());
            inputs.add("100");
            lengths.add(String.valueOf(times.size()));
        }
        Files.writeString(result, String.format(Locale.ROOT,
                "{\"date\": \"%s\", \"duration\": 70.0, \"request_throughput\": 1, \"input_lens\": [%s], \"output_lens\": [%s],"
                        + " \"ttfts\": [%s], \"itls\": [%s], \"start_times\": [%s]}",
                date, inputs, lengths, firsts, gaps, starts));
        return begin;
    }

    private static Runs runs(Path... files) {
        return Recordings.readRuns(List.of(files), KernelKinds.standard());
    }

    private static List<String> codes(Recording recording) {
        return recording.warnings().stream().map(RecordingWarning::code).toList();
    }

    private static long lastEnd(Recording recording, int engine) {
        return recording.iterations().stream().filter(step -> step.engine() == engine)
                .mapToLong(step -> step.endNanos().orElseThrow()).max().orElseThrow();
    }
}
