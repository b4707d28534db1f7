package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.KernelSpeed;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each command's JSON fits the schema of the reference, and the schemas refuse what is no such document.
class JsonSchemasTest {
    private static final String WHOLE = "../samples/recordings/nsys-whole.jfr";
    private static final String WINDOW = "../samples/recordings/nsys-window.jfr";
    private static final String KERNELS = "../samples/h100-llama-3.1-8b/kernels.json";
    private static final Pattern SNAKE_CASE = Pattern.compile("[a-z0-9]+(_[a-z0-9]+)*");
    /// Whose words these keys are: the schema language's, and those of Chrome's trace format.
    private static final List<String> FOREIGN = List.of("displayTimeUnit", "traceEvents");

    @TempDir
    private Path folder;

    private static JsonNode document(String schema, String... command) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        if (!arguments.contains("--format")) {
            arguments.addAll(List.of("--format", "json"));
        }
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.code()).as(cli.err()).isIn(ExitCode.DONE, ExitCode.SLO_NOT_MET);
        return JsonSchema.valid(schema, cli.out());
    }

    @Test
    void run() throws IOException {
        JsonNode plain = document("run", "run", "--num-prompts", "3", "--random-input-len", "20", "--random-output-len", "4", "--memory",
                "512MiB");
        assertThat(plain.has("request_goodput")).isFalse();
        JsonNode bounded = document("run", "run", "--num-prompts", "3", "--random-input-len", "20", "--random-output-len", "1", "--memory",
                "512MiB", "--slo", "p99_ttft_ms<=10000");
        assertThat(bounded.get("request_goodput").asDouble()).isPositive();
    }

    @Test
    void project() throws IOException {
        JsonNode answered = document("project", "project", WHOLE, "--draws", "3", "--slo", "p99_ttft_ms<=100000");
        JsonNode row = answered.at("/sweep/0");
        assertThat(row.at("/layout/data_parallel_size").asInt()).isOne();
        assertThat(row.at("/scheduling_policy").asText()).isEqualTo("fcfs");
        assertThat(row.get("intervals").properties()).hasSize(18).allSatisfy(interval -> {
            double value = row.get(interval.getKey()).asDouble();
            assertThat(interval.getValue().get(0).asDouble()).as(interval.getKey()).isLessThanOrEqualTo(value);
            assertThat(interval.getValue().get(1).asDouble()).as(interval.getKey()).isGreaterThanOrEqualTo(value);
        });
        assertThat(document("project", "project", WHOLE, "--draws", "0").at("/sweep/0/intervals")).isEmpty();
    }

    @Test
    void aRefusedProjectionNamesNoSetting() throws IOException {
        Path log = Files.writeString(folder.resolve("server.log"),
                """
                        INFO 11-25 10:00:00 [core.py:9] Iteration(1): 1 context requests, 100 context tokens, 0 generation requests, 0 generation tokens, iteration elapsed time: 10.00 ms
                        INFO 11-25 10:00:01 [core.py:9] Iteration(2): 0 context requests, 0 context tokens, 1 generation requests, 1 generation tokens, iteration elapsed time: 5.00 ms
                        """);
        JsonNode refused = document("project", "project", log.toString());

        assertThat(refused.at("/recommendation/verdict").asText()).isEqualTo("refuse");
        for (String key : List.of("max_num_batched_tokens", "max_num_seqs", "scheduling_policy", "token_budget", "layout", "command")) {
            assertThat(refused.get("recommendation").get(key).isNull()).as(key).isTrue();
        }
    }

    @Test
    void sweepOfSeveralLimitsWithAWhatIf() throws IOException {
        JsonNode root = document("sweep", "sweep", "--kernel-model", KERNELS, "--model", "llama-3.1-8b", "--num-gpu-blocks-override",
                "4000",
                "--max-num-seqs", "16,32", "--max-num-batched-tokens", "512,2048", "--draws", "2", "--num-prompts", "20",
                "--random-input-len", "300", "--random-output-len", "20", "--kernel-speedup", "attention=1.2", "--data-parallel-size", "2");

        assertThat(root.get("sweep")).hasSize(4).allSatisfy(row -> {
            assertThat(row.at("/layout/tensor_parallel_size").asInt()).isOne();
            assertThat(row.at("/layout/data_parallel_size").asInt()).isEqualTo(2);
            assertThat(row.at("/layout/expert_parallel").isBoolean()).isTrue();
            assertThat(row.at("/p95_ttft_ms").asDouble()).isPositive();
            assertThat(row.at("/what_if/output_throughput/percent").isNumber()).isTrue();
        });
        assertThat(root.get("sweep").findValuesAsText("max_num_seqs")).containsExactly("16", "32", "16", "32");
    }

    @Test
    void sweepThatIsMeasured() throws IOException {
        JsonNode root = document("sweep", "sweep", WHOLE, "--measure", "--measure-own-model", "--backend", "emulated", "--time-scale",
                "0.1", "--runs", "1",
                "--draws", "0", "--memory", "512MiB", "--max-num-batched-tokens", "64,128");

        assertThat(root.get("measured")).hasSize(2);
        assertThat(root.get("errors")).isNotEmpty();
    }

    @Test
    void fit() throws IOException {
        JsonNode steps = document("fit", "fit", WHOLE, "--evaluate", WINDOW);
        assertThat(steps.at("/evaluate/rows").asInt()).isPositive();
        assertThat(steps.at("/evaluate/coverage_percent").asDouble()).isGreaterThan(1);
        assertThat(steps.at("/support/points")).isNotEmpty();

        List<String> rows = new ArrayList<>(List.of("m,n,k,gemm_dtype,latency"));
        for (int n = 256; n <= 1024; n *= 2) {
            for (int m = 1; m <= 1024; m *= 2) {
                rows.add(m + "," + n + ",512,bfloat16," + (0.005 + 1e-9 * m * n * 512));
            }
        }
        Path table = Files.write(folder.resolve("gemm_perf.csv"), rows);
        JsonNode kernels = document("fit", "fit", table.toString());
        assertThat(kernels.at("/kernels/0/folds").findValuesAsText("fold")).contains("interior");
        assertThat(kernels.get("evaluate").isNull()).isTrue();
    }

    @Test
    void compareAndExplain() throws IOException {
        assertThat(document("compare", "compare", WHOLE, WINDOW).get("matched_steps").asInt()).isPositive();
        JsonNode step = document("explain", "explain", WHOLE, "30");
        assertThat(step.get("iteration").asInt()).isEqualTo(30);
        assertThat(step.get("terms")).isNotEmpty();
    }

    @Test
    void doctorAndExport() throws IOException {
        document("doctor", "doctor");
        assertThat(document("export-chrome-trace", "export", WHOLE, "--format", "chrome-trace").get("traceEvents")).hasSizeGreaterThan(90);
    }

    /// Its self-test runs on the emulated GPU; the benchmark is too long for that, so its writer gets a row by hand.
    @Test
    void theBenchmarkOfKernelsOnAGpu() throws IOException {
        StringWriter out = new StringWriter();
        GpuChecks.speedsAsJson(List.of(new KernelSpeed("gemm", "m 1", 1e-5, 2e6, 3e6, 0.8)), new PrintWriter(out, true));

        assertThat(JsonSchema.valid("doctor-gpu-benchmark", out.toString()).at("/kernels/0/share_of_roofline").asDouble()).isEqualTo(0.8);
    }

    /// A sample document loses a key, gains one, and goes back a version.
    @Test
    void theSchemasRefuseWhatIsNoSuchDocument() throws IOException {
        ObjectNode good = (ObjectNode) document("project", "project", WHOLE, "--draws", "2");
        assertThat(JsonSchema.faults("project", good)).isEmpty();

        ObjectNode older = good.deepCopy().put("schema_version", 1);
        assertThat(JsonSchema.faults("project", older)).singleElement().asString().contains("/schema_version");
        for (String place : List.of("", "/recording", "/recording/timing", "/model/fit", "/workload", "/sweep/0", "/sweep/0/layout",
                "/recommendation")) {
            for (String key : List.copyOf(good.at(place).properties()).stream().map(entry -> entry.getKey()).toList()) {
                ObjectNode less = good.deepCopy();
                ((ObjectNode) less.at(place)).remove(key);
                assertThat(JsonSchema.faults("project", less)).as("without " + place + "/" + key).isNotEmpty();
            }
            ObjectNode more = good.deepCopy();
            ((ObjectNode) more.at(place)).put("maxNumBatchedTokens", 1);
            assertThat(JsonSchema.faults("project", more)).as("more in " + place).isNotEmpty();
        }
        ObjectNode onesided = good.deepCopy();
        ((ObjectNode) onesided.at("/sweep/0/intervals")).putArray("output_throughput").add(1);
        assertThat(JsonSchema.faults("project", onesided)).isNotEmpty();
    }

    static List<Path> schemas() throws IOException {
        try (Stream<Path> files = Files.list(JsonSchema.FOLDER)) {
            return files.sorted().toList();
        }
    }

    /// No key is spelt in another way, and every object says which keys it has.
    @ParameterizedTest
    @MethodSource("schemas")
    void everyKeyOfASchemaIsInSnakeCase(Path file) throws IOException {
        JsonNode schema = new ObjectMapper().readTree(file.toFile());

        assertThat(file.toString()).endsWith(JsonSchema.SUFFIX);
        assertThat(schema.get("$schema").asText()).isEqualTo("https://json-schema.org/draft/2020-12/schema");
        assertThat(schema.findValues("properties")).isNotEmpty().allSatisfy(keys -> keys.fieldNames().forEachRemaining(key -> {
            if (!FOREIGN.contains(key)) {
                assertThat(key).matches(SNAKE_CASE);
            }
        }));
        assertThat(schema.get("additionalProperties").asBoolean(true)).isFalse();
    }
}
