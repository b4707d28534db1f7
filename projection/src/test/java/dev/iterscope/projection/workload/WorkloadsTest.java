package dev.iterscope.projection.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkloadsTest {

    @TempDir
    Path folder;

    private Path file(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private static Workload make(WorkloadOptions options) {
        return Workloads.make(options, OptionalInt.empty());
    }

    private static WorkloadOptions of(Path file) {
        return options(Optional.of(file), OptionalDouble.empty(), Optional.empty(), 0);
    }

    private static WorkloadOptions options(Optional<Path> file, OptionalDouble rate, Optional<Scenario> scenario, long seed) {
        return new WorkloadOptions(file, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalDouble.empty(), rate,
                OptionalDouble.empty(), OptionalInt.empty(), scenario, seed, true);
    }

    @Test
    void azureRowsBecomeRequestsAtTheirTimes() throws IOException {
        Path trace = file("a.csv", "TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 18:15:46.6805900,374,44",
                "2023-11-16 18:15:50.9951690,396,109");
        Workload workload = make(of(trace));
        assertThat(workload.requests()).extracting(Request::promptTokens).containsExactly(374, 396);
        assertThat(workload.requests()).extracting(request -> request.stopRules().maxTokens()).containsExactly(44, 109);
        assertThat(workload.requests()).extracting(Request::arrivalNanos).containsExactly(0L, 4_314_579_000L);
        assertThat(workload.assumption()).isEmpty();
    }

    @Test
    void theAzureTraceIsReadWhole() {
        Workload workload = make(of(SharedData.file("traces/azure-2023-conv.csv")));
        assertThat(workload.requests()).hasSize(19_366);
        assertThat(workload.requests().stream().mapToLong(request -> request.stopRules().maxTokens()).sum()).isEqualTo(4_088_665);
    }

    @Test
    void mooncakeHashesShareExactlyTheirLeadingBlocks() throws IOException {
        Path trace = file("m.jsonl", "{\"timestamp\": 0, \"input_length\": 1500, \"output_length\": 5, \"hash_ids\": [0, 1, 2]}",
                "{\"timestamp\": 27482, \"input_length\": 1400, \"output_length\": 7, \"hash_ids\": [0, 1, 9]}");
        List<Request> requests = make(of(trace)).requests();
        Prompt first = requests.get(0).prompt();
        Prompt second = requests.get(1).prompt();
        assertThat(first.tokenAt(1023)).isEqualTo(second.tokenAt(1023));
        assertThat(first.tokenAt(1024)).isNotEqualTo(second.tokenAt(1024));
        assertThat(requests.get(1).arrivalNanos()).isEqualTo(27_482_000_000L);
    }

    @Test
    void requestLinesTakeArrivalTimesFromAnyOrigin() {
        Workload workload = make(of(SharedData.file("end-to-end/RTX4090-Llama-3.1-8B-vllm0.19/requests.jsonl")));
        assertThat(workload.requests()).hasSize(300);
        assertThat(workload.requests().getFirst().arrivalNanos()).isZero();
        assertThat(workload.requests().getLast().arrivalNanos() / 1e9).isBetween(29.1, 29.11);
    }

    @Test
    void aDetailedBenchResultIsSentAsItsAuthorDid() throws IOException {
        Path result = file("r.json",
                "{\"request_rate\": 4.0, \"burstiness\": 1.0, \"max_concurrency\": 3, \"completed\": 3, "
                        + "\"input_lens\": [10, 20, 30, 40], \"output_lens\": [5, 0, 6, 7]}");
        Workload workload = make(of(result));
        assertThat(workload.requests()).extracting(Request::promptTokens).containsExactly(10, 30, 40);
        assertThat(workload.maxConcurrency()).hasValue(3);
        assertThat(workload.assumption()).contains("1 failed requests left out", "drawn anew");
        assertThat(workload.requests().getLast().arrivalNanos()).isEqualTo(750_000_000L);
    }

    @Test
    void syntheticLengthsStayInTheirRangeAndDependOnTheSeedAlone() {
        WorkloadOptions options = new WorkloadOptions(Optional.empty(), OptionalInt.of(500), OptionalInt.of(100), OptionalInt.of(10),
                OptionalDouble.of(0.5), OptionalDouble.empty(), OptionalDouble.empty(), OptionalInt.empty(), Optional.empty(), 7, true);
        Workload workload = make(options);
        assertThat(workload.requests()).hasSize(500).allSatisfy(request -> {
            assertThat(request.promptTokens()).isBetween(50, 150);
            assertThat(request.stopRules().maxTokens()).isBetween(5, 15);
            assertThat(request.arrivalNanos()).isZero();
        });
        assertThat(workload.requests().stream().mapToInt(Request::promptTokens).average().orElseThrow()).isBetween(95.0, 105.0);
        assertThat(make(options)).isEqualTo(workload);
    }

    @ParameterizedTest(name = "burstiness {0}")
    @CsvSource({"0.25, 2.0", "1, 1.0", "4, 0.5"})
    void gapsHaveTheRateAndTheSpreadOfTheirGammaDistribution(double burstiness, double coefficientOfVariation) {
        long[] arrivals = Gaps.arrivals(20_000, 5, burstiness, 3);
        assertThat(arrivals[arrivals.length - 1]).isEqualTo(4_000_000_000_000L);
        double mean = 0.2e9;
        double squares = 0;
        for (int i = 1; i < arrivals.length; i++) {
            assertThat(arrivals[i]).isGreaterThanOrEqualTo(arrivals[i - 1]);
            squares += Math.pow(arrivals[i] - arrivals[i - 1] - mean, 2);
        }
        double spread = Math.sqrt(squares / (arrivals.length - 1)) / mean;
        assertThat(spread).isBetween(coefficientOfVariation * 0.95, coefficientOfVariation * 1.05);
    }

    @Test
    void aRequestRateScalesRecordedGaps() throws IOException {
        Path trace = file("a.jsonl", "{\"input_toks\": 5, \"output_toks\": 2, \"arrival_time\": 100}",
                "{\"input_toks\": 5, \"output_toks\": 2, \"arrival_time\": 103}",
                "{\"input_toks\": 5, \"output_toks\": 2, \"arrival_time\": 104}");
        Workload workload = make(options(Optional.of(trace), OptionalDouble.of(5), Optional.empty(), 0));
        assertThat(workload.requests()).extracting(Request::arrivalNanos).containsExactly(0L, 300_000_000L, 400_000_000L);
    }

    @Test
    void anInfiniteRateSendsAllAtOnce() throws IOException {
        Path trace = file("a.jsonl", "{\"input_toks\": 5, \"output_toks\": 2, \"arrival_time\": 1}",
                "{\"input_toks\": 5, \"output_toks\": 2, \"arrival_time\": 3}");
        Workload workload = make(options(Optional.of(trace), OptionalDouble.of(Double.POSITIVE_INFINITY), Optional.empty(), 0));
        assertThat(workload.requests()).extracting(Request::arrivalNanos).containsExactly(0L, 0L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "2023-11-16 18:15:46.6,-3,44 | line 3 | ContextTokens is -3",
        "2023-11-16 18:15:40.0,3,44 | line 3 | goes back by 6.000 s",
        "2023-11-16 18:15:46.6,3,99999999999 | line 3 | GeneratedTokens is 99999999999",
        "2023-11-16 18:15:46.6,3 | line 3 | 2 cells instead of 3",
        "yesterday,3,4 | line 3 | TIMESTAMP 'yesterday'"})
    void aBadAzureRowIsNamed(String row, String place, String what) throws IOException {
        Path trace = file("bad.csv", "TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 18:15:46.0,374,44", row);
        assertThatThrownBy(() -> make(of(trace))).isInstanceOf(UserInputException.class).hasMessageContainingAll("bad.csv", place, what);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"input_toks\": 5, \"output_toks\": 2.5}", "{\"input_toks\": 5}", "[1]", "{\"input_toks\": ",
        "{\"input_toks\": 5, \"output_toks\": 1, \"arrival_time\": \"noon\"}"})
    void aBadRequestLineIsNamed(String row) throws IOException {
        Path trace = file("bad.jsonl", "{\"input_toks\": 5, \"output_toks\": 2}", row);
        assertThatThrownBy(() -> make(of(trace))).isInstanceOf(UserInputException.class).hasMessageContainingAll("bad.jsonl", "line 2");
    }

    @Test
    void otherFilesAreRefusedInOneSentence() throws IOException {
        assertThatThrownBy(() -> make(of(file("empty.csv")))).hasMessageContaining("empty.csv: the file is empty");
        assertThatThrownBy(() -> make(of(file("x.csv", "a,b,c", "1,2,3")))).hasMessageContaining("not a workload of a known kind");
        assertThatThrownBy(() -> make(of(folder.resolve("none.csv")))).hasMessageContaining("no such file");
    }

    @Test
    void recordedArrivalsCannotBeAskedOfAFileWithoutTimes() throws IOException {
        Path trace = file("a.jsonl", "{\"input_toks\": 5, \"output_toks\": 2}");
        assertThatThrownBy(() -> make(options(Optional.of(trace), OptionalDouble.empty(), Optional.of(Scenario.RECORDED), 0)))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("--scenario recorded needs arrival times");
    }
}
