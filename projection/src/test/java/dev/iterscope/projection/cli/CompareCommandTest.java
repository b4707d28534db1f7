package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One service recorded at two budgets by the emulated backend, whose step times come from measured kernels.
class CompareCommandTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<String, JsonNode> PRINTED = new TreeMap<>();
    private static final String KERNELS = "../samples/h100-llama-3.1-8b/kernels.json";

    @TempDir
    static Path folder;

    @BeforeAll
    static void record() throws IOException {
        run("large", "--max-num-batched-tokens", "2048");
        run("small", "--max-num-batched-tokens", "256");
    }

    private static void run(String name, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("run", "--backend", "emulated", "--kernel-model", KERNELS, "--model", "llama-3.1-8b",
                        "--num-gpu-blocks-override", "7550", "--max-num-seqs", "64", "--num-prompts", "40", "--random-input-len", "2000",
                        "--random-output-len", "80", "--random-range-ratio", "0.9", "--request-rate", "12", "--format", "json", "--record",
                        file(name)));
        arguments.addAll(List.of(more));
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        PRINTED.put(name, MAPPER.readTree(cli.out()));
    }

    private static JsonNode printed(String name) {
        return Optional.ofNullable(PRINTED.get(name)).orElseThrow();
    }

    private static String file(String name) {
        return folder.resolve(name + ".jfr").toString();
    }

    private static JsonNode compare(String before, String after, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("compare", file(before), file(after), "--format", "json"));
        arguments.addAll(List.of(more));
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return JsonSchema.valid("compare", cli.out());
    }

    private static JsonNode result(JsonNode comparison, String key) {
        return named(comparison.path("results"), "key", key);
    }

    private static JsonNode named(JsonNode rows, String key, String name) {
        for (JsonNode row : rows) {
            if (row.path(key).asText().equals(name)) {
                return row;
            }
        }
        throw new AssertionError(name + " is not in " + rows);
    }

    @Test
    void whatIsTakenFromTheRecordingIsWhatTheRunPrinted() throws IOException {
        JsonNode comparison = compare("large", "small");
        for (String latency : List.of("ttft", "tpot", "e2el")) {
            for (String figure : List.of("mean", "p50", "p95", "p99")) {
                String key = figure + "_" + latency + "_ms";
                // Requests carry nanoseconds; TPOT whole ones. JSON has six digits.
                assertSame(comparison, key, 1e-5);
            }
        }
        for (String key : List.of("request_throughput", "output_throughput", "total_token_throughput")) {
            // The arrival comes from the event clock, at which the end was written.
            assertSame(comparison, key, 0.01);
        }
        assertSame(comparison, "peak_kv_usage", 1e-5);
        assertSame(comparison, "preemptions", 1e-9);
        // Steps end on the event clock, which is read beside the loop's.
        assertSame(comparison, "mean_itl_ms", 0.01);
    }

    private static void assertSame(JsonNode comparison, String key, double relative) {
        for (Map.Entry<String, String> side : Map.of("before", "large", "after", "small").entrySet()) {
            double shown = printed(side.getValue()).path(key).asDouble();
            assertThat(result(comparison, key).path(side.getKey()).asDouble()).as(key + " " + side)
                    .isCloseTo(shown, within(relative * Math.abs(shown)));
        }
    }

    @Test
    void projectShowsThePercentileThatTheRunPrinted() {
        Cli cli = Cli.run("project", file("large"), "--draws", "0", "--max-num-batched-tokens", "2048");
        double p99 = printed("large").path("p99_ttft_ms").asDouble();
        String requests = cli.out().lines().filter(line -> line.strip().startsWith("requests")).findFirst().orElseThrow();
        double shown = Double.parseDouble(requests.replaceAll(".*TTFT mean [0-9.,]+, p99 ([0-9.,]+) ms.*", "$1").replace(",", ""));
        assertThat(shown).as(requests).isCloseTo(p99, within(0.006 * p99));
    }

    @Test
    void aDocumentHasResultsAndSteps() throws IOException {
        JsonNode comparison = compare("large", "small");

        assertThat(comparison.path("schema_version").asInt()).isEqualTo(2);
        assertThat(comparison.path("paired").asBoolean()).isTrue();
        assertThat(comparison.path("matched_steps").asInt()).isPositive();
        assertThat(result(comparison, "p99_itl_ms").path("low95").isNumber()).isTrue();
        assertThat(comparison.path("objective").isNull()).isTrue();
        assertThat(comparison.path("predicted").isNull()).isTrue();
    }

    @Test
    void theSameCommandGivesTheSameBytes() {
        assertThat(Cli.run("compare", file("large"), file("small")).out())
                .isEqualTo(Cli.run("compare", file("large"), file("small")).out());
    }

    @Test
    void anObjectiveDecidesTheExitCodeOnlyWhereItIsKnownToBeMissed() throws IOException {
        double itl = printed("small").path("p99_itl_ms").asDouble();
        Cli missed = Cli.run("compare", file("large"), file("small"), "--slo", "p99_itl_ms<=" + itl / 2);
        Cli met = Cli.run("compare", file("large"), file("small"), "--slo", "p99_itl_ms<=" + itl * 2);
        assertThat(missed.code()).as(missed.err()).isEqualTo(ExitCode.SLO_NOT_MET);
        assertThat(missed.out()).contains("AFTER misses it");
        assertThat(met.code()).as(met.err()).isEqualTo(ExitCode.DONE);
        assertThat(met.out()).contains("AFTER meets it");
        assertThat(compare("large", "small", "--slo", "p99_itl_ms<=" + itl * 2).path("objective").path("after_met").asBoolean()).isTrue();

        Path before = folder.resolve("before.log");
        Path after = folder.resolve("after.log");
        Cli.run("export", file("large"), "--format", "vllm-log", "-o", before.toString());
        Cli.run("export", file("small"), "--format", "vllm-log", "-o", after.toString());
        Cli unknown = Cli.run("compare", before.toString(), after.toString(), "--slo", "p99_ttft_ms<=1");
        assertThat(unknown.code()).as(unknown.err()).isEqualTo(ExitCode.DONE);
        assertThat(unknown.out()).contains("AFTER is not known to meet it", "not known: mean_ttft_ms", "p99_itl_ms");
    }

    @Test
    void aPredictionStandsBesideWhatWasMeasured() throws IOException {
        JsonNode small = printed("small");
        double itl = small.path("p99_itl_ms").asDouble();
        double throughput = small.path("output_throughput").asDouble();
        Path file = Files.writeString(folder.resolve("predicted.json"), """
                {"schema_version": 2, "sweep": [
                  {"max_num_batched_tokens": 2048, "output_throughput": 1},
                  {"max_num_batched_tokens": 256, "max_num_seqs": 64, "output_throughput": %s, "p99_itl_ms": %s, "slo_met": true,
                   "request_goodput": null, "intervals": {"output_throughput": [%s, %s], "p99_itl_ms": [%s, %s]}}]}
                """.formatted(throughput * 1.1, itl * 2, throughput * 0.8, throughput * 1.2, itl * 1.5, itl * 2.5));
        JsonNode predicted = compare("large", "small", "--predicted", file.toString()).path("predicted");

        assertThat(predicted.path("max_num_batched_tokens").asInt()).isEqualTo(256);
        assertThat(predicted.path("slo_met").asBoolean()).isTrue();
        assertThat(predicted.path("results")).hasSize(2);
        JsonNode rate = named(predicted.path("results"), "key", "output_throughput");
        assertThat(rate.path("inside").asBoolean()).isTrue();
        assertThat(rate.path("error_percent").asDouble()).isCloseTo(10, within(1.0));
        assertThat(named(predicted.path("results"), "key", "p99_itl_ms").path("inside").asBoolean()).isFalse();

        Path without = Files.writeString(folder.resolve("point.json"),
                "{\"sweep\": [{\"max_num_batched_tokens\": 256, \"p99_itl_ms\": 9}]}");
        assertThat(compare("large", "small", "--predicted", without.toString()).at("/predicted/results/0/inside").isNull()).isTrue();
    }

    @Test
    void aPredictionOfOtherSettingsIsRefusedInOneLine() throws IOException {
        Path file =
                Files.writeString(folder.resolve("other.json"), "{\"schema_version\": 2, \"sweep\": [{\"max_num_batched_tokens\": 512}]}");
        Path none = Files.writeString(folder.resolve("none.json"), "{\"sweep\": []}");
        Path text = Files.writeString(folder.resolve("text.json"), "max_num_batched_tokens");
        for (Path unusable : List.of(file, none, text, folder.resolve("missing.json"))) {
            Cli cli = Cli.run("compare", file("large"), file("small"), "--predicted", unusable.toString());
            assertThat(cli.code()).as(unusable + cli.err()).isEqualTo(ExitCode.UNUSABLE_INPUT);
            assertThat(cli.err().lines()).singleElement().asString().contains(unusable.toString());
        }
        assertThat(Cli.run("compare", file("large"), file("small"), "--predicted", file.toString()).err())
                .contains("has no row for max-num-batched-tokens 256", "512");
    }

    @Test
    void severalSourcesOfOneRunAreNamedTogether() throws IOException {
        Path copy = Files.copy(Path.of(file("large")), folder.resolve("large, of today.jfr"));
        assertThat(Cli.run("compare", copy.toString(), file("small")).code()).isEqualTo(ExitCode.DONE);
        Cli missing = Cli.run("compare", file("large") + "," + folder.resolve("gone.json"), file("small"));
        assertThat(missing.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(missing.err()).contains("gone.json");
    }

    @Test
    void csvHasOneRowPerResultAndTerm() {
        List<String> lines = Cli.run("compare", file("large"), file("small"), "--format", "csv").out().lines().toList();
        assertThat(lines.getFirst()).isEqualTo("part,name,before,after,change_percent,low95,high95,shown,reason");
        assertThat(lines).anyMatch(line -> line.startsWith("result,p99_itl_ms,"));
    }
}
