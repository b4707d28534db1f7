package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.iterscope.projection.cli.EmulatedGpu.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands on a GPU, from the command line down to the driver's functions, over stand-ins of NVIDIA's libraries.
class CudaCommandTest {
    private static final String CONFIG = """
            {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 64, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "intermediate_size": 96, "vocab_size": 300,
             "rms_norm_eps": 1e-6, "rope_theta": 10000, "max_position_embeddings": 512, "tie_word_embeddings": true,
             "torch_dtype": "bfloat16"}
            """;
    /// Kernels of a step that only generates: embedding, ten of each of two layers, and final norm, head and sampling.
    private static final int KERNELS_OF_GENERATION = 1 + 2 * 10 + 3;

    @TempDir
    static Path folder;

    private static EmulatedGpu gpu;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        gpu = EmulatedGpu.compile(folder);
        Files.writeString(folder.resolve("config.json"), CONFIG);
    }

    private static Result serve(Map<String, String> environment, String... more) throws IOException, InterruptedException {
        return serve(environment, 6, more);
    }

    private static Result serve(Map<String, String> environment, int outputs, String... more)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "run", "--backend", "cuda", "--model", folder.resolve("config.json").toString(), "--num-prompts", "5",
                "--random-input-len", "40", "--random-output-len", String.valueOf(outputs), "--max-num-batched-tokens", "64",
                "--max-num-seqs", "8"));
        arguments.addAll(Arrays.asList(more));
        return gpu.run(environment, arguments.toArray(String[]::new));
    }

    /// Standard error without the line that says beforehand how the memory is divided.
    private static List<String> complaints(Result result) {
        return result.err().lines().filter(line -> line.startsWith("iterscope")).toList();
    }

    private static List<RecordedEvent> events(Path recording, String type) throws IOException {
        return RecordingFile.readAllEvents(recording).stream()
                .filter(event -> event.getEventType().getName().equals(type))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime)) // a file has them in the order of its buffers
                .toList();
    }

    @Test
    void kernelEventsComeFromTheProfilingLibraryOnTheJvmsClock() throws IOException, InterruptedException {
        assumeTrue(gpu.hasCupti(), "no CUDA headers");
        Path recording = folder.resolve("cupti.jfr");
        // long enough for a sample of the device, which is taken every second
        Result result =
                serve(Map.of(), 120, "--record", recording.toString(), "--kernel-events", "2", "--memory", "64MiB");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertKernelsOfEverySecondStep(recording, 7); // the stand-in's own number of the stream
        List<RecordedEvent> samples = events(recording, "iterscope.DeviceSample");
        assertThat(samples).isNotEmpty();
        assertThat(samples.getFirst().getLong("smClock")).isEqualTo(1_410_000_000L);
        assertThat(samples.getFirst().getFloat("powerWatts")).isEqualTo(699.5f);
        assertThat(samples.getFirst().getString("throttleReasons")).isEqualTo("sw_power_cap");
        List<RecordedEvent> details = events(recording, "iterscope.IterationDetail");
        assertThat(details).extracting(detail -> detail.getString("graphMode")).contains("NONE", "FULL");
        assertThat(details).filteredOn(detail -> detail.getString("graphMode").equals("FULL"))
                .extracting(detail -> detail.getInt("paddedTokens"))
                .contains(8); // five sequences
        assertThat(details).extracting(detail -> detail.getInt("inFlight")).contains(2);
    }

    @Test
    void kernelEventsComeFromTheDriversEventsWhereNothingElseIsThere() throws IOException, InterruptedException {
        Path recording = folder.resolve("events.jfr");
        Path library = Files.createDirectory(folder.resolve("driver-only"));
        Files.copy(gpu.library().resolve("libcuda.so.1"), library.resolve("libcuda.so.1"));

        Result result = serve(Map.of("LD_LIBRARY_PATH", library.toString(), "CUDA_HOME", "/nowhere"),
                "--record", recording.toString(), "--kernel-events", "2", "--memory", "64MiB");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertKernelsOfEverySecondStep(recording, 0);
    }

    /// Every kernel of the steps asked for, in the order of the launches, within its step, on the clock of the other events.
    private static void assertKernelsOfEverySecondStep(Path recording, int stream) throws IOException {
        Map<Integer, RecordedEvent> iterations = events(recording, "iterscope.Iteration").stream()
                .collect(Collectors.toMap(event -> event.getInt("iteration"), event -> event));
        Map<Integer, List<RecordedEvent>> kernels = events(recording, "iterscope.Kernel").stream()
                .collect(Collectors.groupingBy(event -> event.getInt("iteration"), LinkedHashMap::new, Collectors.toList()));
        assertThat(new TreeSet<>(kernels.keySet())).containsExactlyElementsOf(
                iterations.keySet().stream().filter(iteration -> iteration % 2 == 0).sorted().toList());
        Instant now = Instant.now();
        Instant origin = now.minusNanos(System.nanoTime()); // of the clock that every JVM on this machine reads
        kernels.forEach((iteration, launched) -> {
            RecordedEvent step = Objects.requireNonNull(iterations.get(iteration));
            assertThat(launched.size()).as("kernels of step %d", iteration).isGreaterThanOrEqualTo(KERNELS_OF_GENERATION);
            assertThat(launched).extracting(kernel -> kernel.getInt("stream")).containsOnly(stream);
            assertThat(launched).extracting(kernel -> kernel.getLong("deviceTime")).allMatch(time -> time > 0);
            long end = 0;
            for (RecordedEvent kernel : launched) {
                // events tell distances as 32-bit milliseconds: some nanoseconds are lost
                assertThat(kernel.getLong("deviceStart")).as("kernels run one after the other").isGreaterThanOrEqualTo(end - 1000);
                end = kernel.getLong("deviceStart") + kernel.getLong("deviceTime");
                // the device's own clock is a quarter of an hour ahead
                assertThat(origin.plusNanos(kernel.getLong("deviceStart")))
                        .isBetween(step.getStartTime().minusSeconds(5), step.getEndTime().plusSeconds(5));
            }
            assertThat(launched).filteredOn(kernel -> kernel.getString("kernel").equals("gate_up_proj"))
                    .allSatisfy(kernel -> assertThat(kernel.getDouble("flops")).isEqualTo(2.0 * kernel.getInt("m") * 192 * 64));
        });
    }

    @Test
    void aKernelFaultEndsTheRunWithItsBatchAndAWholeRecording() throws IOException, InterruptedException {
        Path recording = folder.resolve("fault.jfr");
        Result result = serve(
                Map.of("EMULATED_CUDA_FAULT", "swiglu:20"), "--record", recording.toString(), "--memory", "64MiB");

        assertThat(result.exitCode()).as(result.err()).isEqualTo(70);
        assertThat(complaints(result)).singleElement().asString()
                .containsPattern("CUDA error 700 \\(an illegal memory access was encountered\\) in iteration [1-9]: \\d+ context requests");
        assertThat(events(recording, "iterscope.Iteration")).isNotEmpty();
        assertThat(events(recording, "iterscope.EngineConfig")).isNotEmpty();
    }

    @Test
    void memoryThatIsNotFreeIsOneLineWithTheArithmetic() throws IOException, InterruptedException {
        Result result = serve(Map.of("EMULATED_CUDA_FREE", String.valueOf(32L << 20)), "--gpu-memory-utilization", "0.5");

        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(complaints(result)).singleElement().asString()
                .contains("has 0.03 of its 8.00 GiB free", "weights 0.00 + activations", "lower --gpu-memory-utilization");
    }

    @Test
    void theVisibleDevicesAreHonoured() throws IOException, InterruptedException {
        Result second = gpu.run(Map.of("CUDA_VISIBLE_DEVICES", "1"), "doctor", "--format", "json");
        assertThat(second.out()).contains("Emulated GPU 1").doesNotContain("Emulated GPU 0");

        for (String nothing : List.of("2", "GPU-c0ffee00", "")) {
            Result none = serve(Map.of("CUDA_VISIBLE_DEVICES", nothing));
            assertThat(none.exitCode()).isEqualTo(4);
            assertThat(none.err().lines()).singleElement().asString().contains("finds no device", "(CUDA_VISIBLE_DEVICES=" + nothing + ")");
        }
    }

    @Test
    void twoProcessesShareAGpu() throws IOException, InterruptedException {
        CompletableFuture<Result> other = CompletableFuture.supplyAsync(() -> {
            try {
                return serve(Map.of(), "--memory", "64MiB", "--format", "json");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Result one = serve(Map.of(), "--memory", "64MiB", "--format", "json");

        for (Result result : List.of(one, other.join())) {
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out()).contains("\"completed\" : 5");
        }
    }

    @Test
    void aDriverThatIsTooOldIsFoundBeforeItIsUsed() throws IOException, InterruptedException {
        Result result = serve(Map.of("EMULATED_CUDA_VERSION", "11080"));

        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.err().lines()).singleElement().asString().contains("supports CUDA 11.8, 12.0 is needed");
    }

    @Test
    void anOldDriverGetsThePtx() throws IOException, InterruptedException {
        Result result = serve(Map.of("EMULATED_CUDA_VERSION", "12020"), "--memory", "64MiB");

        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    @Test
    void theProfilerIsToldToCollectTheStepsAskedFor() throws IOException, InterruptedException {
        Path log = folder.resolve("profiler.log");
        Result result =
                serve(Map.of("EMULATED_CUDA_PROFILER_LOG", log.toString()), "--profile-iterations", "3-4", "--memory", "64MiB");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(log).hasContent("start\nstop\n");
    }

    @Test
    void theSelfTestPassesWithTheMatrixLibrary() throws IOException, InterruptedException {
        Result result = gpu.run(Map.of(), "doctor", "--gpu-selftest", "--format", "json");

        assertThat(result.exitCode()).as(result.err() + result.out()).isZero();
        assertThat(result.out()).contains(
                "\"passed\" : true", "gemm by libcublasLt.so.13", "store_bf16", "engine, preemption", "kernel times", "steps by ");
        JsonSchema.valid("doctor-gpu-selftest", result.out());
    }

    @Test
    void theSelfTestSaysWhichKernelFails() throws IOException, InterruptedException {
        Result result = gpu.run(Map.of("EMULATED_CUDA_FAULT", "swiglu:1"), "doctor", "--gpu-selftest");

        assertThat(result.exitCode()).isEqualTo(70);
        assertThat(result.out()).contains("FAILED: ", "CUDA error 700");
        assertThat(result.err().lines()).singleElement().asString().contains("checks of the GPU failed");
    }

    @Test
    void withoutADriverTheSelfTestIsOneLine() {
        assumeTrue(!Files.exists(Path.of("/dev/nvidiactl")), "this machine has a GPU");
        Cli result = Cli.run("doctor", "--gpu-selftest");

        assertThat(result.code()).isEqualTo(4);
        assertThat(result.err().lines()).singleElement().asString().contains("libcuda.so.1 was not found");
        assertThat(result.out()).isEmpty();
    }

    @Test
    void aShareOfTheGpusMemoryNeedsAGpu() {
        assertThat(Cli.run("run", "--gpu-memory-utilization", "0.5").code()).isEqualTo(2);
        assertThat(Cli.run("run", "--gpu-memory-utilization", "1.5").err()).contains("above 0 and at most 1");
        assertThat(Cli.run("run", "--gpu-memory-utilization", "0.5", "--memory", "1GiB").err()).contains("give one");
    }
}
