package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.Request.CacheKey;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.profiler.event.KernelRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The whole backend over an emulated device: real plans, uploads, kernels and downloads.
class CudaBackendTest {

    @BeforeAll
    static void needsCompiler() {
        HostKernels.assumeCompiler();
    }

    static List<SmallModel> families() {
        return SmallModel.families();
    }

    /// Prompts of 1 to 150 tokens, some with a common beginning, 1 to 12 tokens out, every third one sampled.
    private static List<Request> requests(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Prompt prompt = new Prompt.Seeded(1 + random.nextInt(150), random.nextInt(4));
            SamplingParams sampling =
                    i % 3 == 2 ? new SamplingParams(0.8f, random.nextInt(2) * 20, 0.9f, random.nextLong()) : SamplingParams.GREEDY;
            requests.add(new Request(
                    "r" + i,
                    prompt,
                    StopRules.length(1 + random.nextInt(12)),
                    sampling,
                    0,
                    random.nextInt(60),
                    CacheKey.TOKENS,
                    List.of()));
        }
        return requests;
    }

    @ParameterizedTest
    @MethodSource("families")
    void greedyTokensAreThoseOfTheArchitecture(SmallModel model) {
        List<Request> requests = List.of(
                Request.of("a", new Prompt.Seeded(70, 5), 6, 0), Request.of("b", new Prompt.Seeded(33, 6), 6, 0));

        Map<String, List<Integer>> tokens = new EngineRun(model, 48, 4, 64, true, false).run(requests);

        for (Request request : requests) {
            List<Integer> outputs = tokens.getOrDefault(request.id(), List.of());
            assertThat(outputs).hasSize(6);
            int[] sequence = new int[request.promptTokens() + outputs.size()];
            for (int i = 0; i < sequence.length; i++) {
                sequence[i] = i < request.promptTokens() ? request.prompt().tokenAt(i) % 211 : outputs.get(i - request.promptTokens());
            }
            for (int i = 0; i < outputs.size(); i++) {
                double[] logits = model.logits(Arrays.copyOf(sequence, request.promptTokens() + i));
                double largest = Arrays.stream(logits).max().orElseThrow();
                double spread = Math.sqrt(Arrays.stream(logits).map(l -> l * l).average().orElseThrow());
                // bf16 activations leave about one per cent of the logits' spread undecided
                assertThat(logits[outputs.get(i)]).as("%s, output %d", request.id(), i).isGreaterThan(largest - 0.03 * spread);
            }
        }
    }

    @Test
    void tokensDoNotDependOnHowTheyAreBatched() {
        SmallModel model = families().getFirst();
        List<Request> requests = requests(12, 7);
        Map<String, List<Integer>> expected = new EngineRun(model, 512, 16, 200, false, false).run(requests);

        assertThat(expected).hasSize(12);
        assertThat(new EngineRun(model, 17, 16, 200, false, false).run(requests)).as("small token budget").isEqualTo(expected);
        assertThat(new EngineRun(model, 64, 16, 200, true, false).run(requests)).as("two steps in flight").isEqualTo(expected);
        assertThat(new EngineRun(model, 64, 16, 200, true, true).run(requests)).as("prefix caching").isEqualTo(expected);
        assertThat(new EngineRun(model, 64, 16, 24, true, false).run(requests)).as("preemption").isEqualTo(expected);
        assertThat(new EngineRun(model, 5, 3, 200, true, false).run(requests)).as("few sequences").isEqualTo(expected);
    }

    @Test
    void aStepIsOneUploadItsLaunchesAndOneDownload() {
        EngineRun run = new EngineRun(families().getFirst(), 256, 4, 64, false, false);
        HostDriver driver = new HostDriver();
        List<String> modes = run.modes();
        try (CudaBackend backend = run.open(driver, ExecutionObserver.NONE)) {
            backend.warmUp();
            assertThat(driver.takeCalls()).as("captured sizes").filteredOn("capture"::equals).hasSize(3); // 1, 2, 4

            run.serve(backend, List.of(
                    Request.of("a", new Prompt.Seeded(20, 5), 2, 0),
                    Request.of("b", new Prompt.Seeded(9, 6), 2, 0),
                    Request.of("c", new Prompt.Seeded(5, 6), 2, 0)));
        }

        assertThat(modes).containsExactly("NONE 34", "FULL 4");
        List<String> calls = driver.takeCalls();
        assertThat(calls).filteredOn("upload"::equals).hasSize(2);
        assertThat(calls).filteredOn("download"::equals).hasSize(2);
        assertThat(calls.subList(calls.indexOf("graph") - 1, calls.indexOf("graph") + 2)).containsExactly("upload", "graph", "download");
        assertThat(calls).endsWith("close");
        assertThat(driver.liveAllocations()).as("everything is freed").isZero();
    }

    @Test
    void kernelsOfAskedForStepsAreReportedInOrder() {
        EngineRun run = new EngineRun(families().getFirst(), 256, 4, 64, true, false);
        List<KernelRun> kernels = new ArrayList<>();
        List<Integer> layers = new ArrayList<>();
        ExecutionObserver observer = new ExecutionObserver() {
            @Override
            public boolean wantsKernels(long iteration) {
                return iteration == 2;
            }

            @Override
            public void kernel(KernelRun kernel) {
                kernels.add(kernel);
            }

            @Override
            public void layer(int index) {
                layers.add(index);
            }

            @Override
            public void layersDone() {
                layers.add(-1);
            }
        };
        try (CudaBackend backend = run.open(new HostDriver(), observer)) {
            run.serve(backend, List.of(Request.of("a", new Prompt.Seeded(20, 5), 4, 0)));
        }

        assertThat(layers).as("of the steps that are no graphs: the prompt's and the timed one").containsExactly(0, 1, -1, 0, 1, -1);
        assertThat(kernels).extracting(KernelRun::iteration).containsOnly(2);
        assertThat(kernels).extracting(KernelRun::kernel).startsWith("embed", "rms_norm", "qkv_proj", "rotary_and_kv_write",
                "attention_generation", "attention_merge", "o_proj", "rms_norm", "gate_up_proj", "swiglu", "down_proj")
                .endsWith("lm_head", "sample");
        assertThat(kernels).hasSize(1 + 2 * 10 + 3);
        KernelRun gateUp = kernels.get(8);
        assertThat(gateUp.shape().m()).isEqualTo(1);
        assertThat(gateUp.shape().n()).isEqualTo(208);
        assertThat(gateUp.shape().k()).isEqualTo(72);
        assertThat(gateUp.flops()).isEqualTo(2.0 * 208 * 72);
        assertThat(kernels.get(4).shape().kvTokens()).as("20 of the prompt and itself").isEqualTo(21);
        assertThat(kernels).extracting(kernel -> kernel.time().startNanos()).isSorted();
    }

    @Test
    void aKernelFaultNamesTheIterationAndItsBatch() {
        EngineRun run = new EngineRun(families().getFirst(), 256, 4, 64, true, false);
        HostDriver driver = new HostDriver();
        try (CudaBackend backend = run.open(driver, ExecutionObserver.NONE)) {
            driver.failOn("swiglu");

            assertThatThrownBy(() -> run.serve(backend, List.of(Request.of("a", new Prompt.Seeded(20, 5), 4, 0))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("CUDA error 700")
                    .hasMessageContaining("in iteration 1: 1 context requests with 20 tokens, 0 generation requests");
            driver.failOn("");
        }
    }

    @Test
    void memoryThatAnotherProcessHoldsIsOneLineWithTheArithmetic() {
        EngineRun run = new EngineRun(families().getFirst(), 256, 4, 64, true, false);
        HostDriver driver = new HostDriver().withMemory(1 << 20);

        assertThatThrownBy(() -> run.open(driver, ExecutionObserver.NONE))
                .isInstanceOfSatisfying(UserInputException.class, e -> assertThat(e.kind().exitCode()).isEqualTo(4))
                .hasMessageContaining("0.00 of its 1.00 GiB free")
                .hasMessageContaining("lower --gpu-memory-utilization");
        assertThat(driver.liveAllocations()).isZero();
    }

    @Test
    void memoryThatRunsOutWhileGraphsAreMadeIsOneLineToo() {
        EngineRun run = new EngineRun(families().getFirst(), 256, 4, 64, true, false);
        try (CudaBackend backend = run.open(new HostDriver().withoutRoomForGraphs(), ExecutionObserver.NONE)) {
            assertThatThrownBy(backend::warmUp)
                    .isInstanceOfSatisfying(UserInputException.class, e -> assertThat(e.kind().exitCode()).isEqualTo(4))
                    .hasMessageContaining("ran out of its 1.00 GiB: weights 0.00 + activations")
                    .hasMessageContaining("lower --gpu-memory-utilization");
        }
    }

    @Test
    void everythingIsAllocatedBeforeTheFirstStep() {
        EngineRun run = new EngineRun(families().getFirst(), 64, 4, 64, true, false);
        HostDriver driver = new HostDriver();
        try (CudaBackend backend = run.open(driver, ExecutionObserver.NONE)) {
            backend.warmUp();
            long free = driver.freeBytes();
            run.serve(backend, requests(6, 3));

            assertThat(driver.freeBytes()).isEqualTo(free);
        }
    }
}
