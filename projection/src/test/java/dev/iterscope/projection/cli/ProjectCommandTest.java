package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.SharedData;
import java.io.IOException;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class ProjectCommandTest {
    private static final String LOG = "vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log";

    private static Cli project(String... more) {
        String[] args = new String[more.length + 2];
        args[0] = "project";
        args[1] = SharedData.file(LOG).toString();
        System.arraycopy(more, 0, args, 2, more.length);
        return Cli.run(args);
    }

    private static List<String> names(JsonNode node) {
        return StreamSupport.stream(((Iterable<String>) node::fieldNames).spliterator(), false).toList();
    }

    @Test
    void everyKeyOfTheContractIsThere() throws IOException {
        Cli cli = project("--format", "json", "--draws", "2", "--max-num-batched-tokens", "4000,8000");
        assertThat(cli.code()).isEqualTo(ExitCode.DONE);
        JsonNode root = new ObjectMapper().readTree(cli.out());
        assertThat(names(root)).containsExactly("schemaVersion", "recording", "model", "kernels", "workload", "sweep", "measured",
                "errors", "rankCorrelation", "regretPercent", "nullRegretPercent", "recommendation");
        assertThat(names(root.get("recording"))).containsExactly("source", "files", "engines", "iterations", "spanSeconds",
                "maxNumBatchedTokens", "maxNumSeqs", "kvCapacityTokens", "blockSize", "timing", "warnings");
        assertThat(names(root.get("model"))).containsExactly("level", "identifiable", "diagnosis", "terms", "fit");
        assertThat(names(root.get("sweep").get(0))).containsExactly("max_num_batched_tokens", "kv_capacity_tokens", "support",
                "request_throughput", "output_throughput", "total_token_throughput", "request_goodput", "output_throughput_low95",
                "output_throughput_high95", "max_request_rate", "mean_ttft_ms", "p50_ttft_ms", "p99_ttft_ms", "mean_tpot_ms",
                "p99_tpot_ms", "mean_itl_ms", "p99_itl_ms", "mean_e2el_ms", "p99_e2el_ms", "preemptions", "peak_kv_usage", "slo_met",
                "next_measurement", "what_if");
        assertThat(names(root.get("recommendation"))).containsExactly("verdict", "max_num_batched_tokens", "gainPercent", "gainLow95",
                "gainHigh95", "price", "reasons", "command", "nextMeasurement");
    }

    @Test
    void oneSaturatedLogGivesNoConfidentNumber() throws IOException {
        JsonNode root = new ObjectMapper().readTree(project("--format", "json", "--draws", "0").out());
        assertThat(root.at("/recording/iterations").asInt()).isEqualTo(52);
        assertThat(root.at("/model/identifiable").asBoolean(true)).isFalse();
        assertThat(root.at("/recommendation/verdict").asText()).isEqualTo("refuse");
        assertThat(root.at("/recommendation/nextMeasurement").asText()).contains("record");
        assertThat(root.at("/workload/assumption").asText()).contains("the log shows no requests");
        assertThat(root.get("sweep")).allSatisfy(point -> assertThat(point.get("output_throughput").asDouble()).isPositive());
    }

    @Test
    void theSameCommandPrintsTheSameBytes() {
        Cli first = project("--draws", "2", "--max-num-batched-tokens", "4000,8000");
        assertThat(project("--draws", "2", "--max-num-batched-tokens", "4000,8000").out()).isEqualTo(first.out());
    }

    @Test
    void textKeepsToTheWidth() {
        assertThat(project("--draws", "0").out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void anUnknownKeyOfAnObjectiveIsUnusableInput() {
        Cli cli = project("--slo", "p99_tft_ms<=3");
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().contains("p99_tft_ms");
    }

    @Test
    void anObjectiveThatNothingMeetsIsExitCodeOne() {
        Cli cli = project("--slo", "p99_itl_ms<=0.001", "--draws", "0", "--max-num-batched-tokens", "8000");
        assertThat(cli.code()).isEqualTo(ExitCode.SLO_NOT_MET);
    }

    @Test
    void limitsThatContradictEachOtherAreAUsageError() {
        Cli cli = project("--max-num-batched-tokens", "64", "--max-num-seqs", "128");
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err()).contains("64 is below --max-num-seqs 128");
    }
}
