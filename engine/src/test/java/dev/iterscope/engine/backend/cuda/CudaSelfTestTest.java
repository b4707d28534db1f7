package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.SelfCheck;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The self-test of a device, on an emulated one: it passes where all is well, and every kernel that computes wrong is found.
class CudaSelfTestTest {
    private static final KernelImages IMAGES = new KernelImages("sm_90", ".cubin");
    /// What bf16 activations may leave undecided, as a share of the logits' spread; see CudaBackendTest.
    private static final double UNDECIDED = 0.03;

    @Test
    void aDeviceThatComputesRightPasses() {
        HostKernels.assumeCompiler();

        List<SelfCheck> checks = selfTest(new HostDriver());

        assertThat(checks).allSatisfy(check -> assertThat(check.failure()).as(check.name()).isEmpty());
        assertThat(checks).extracting(SelfCheck::name).contains("gemm_128x128", "swiglu", "sample", "attention_context, head dim 128",
                "engine, preemption", "engine, two steps in flight").doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({"embed,32", "rms_norm,32", "gemm_16x32,32", "gemm_128x128,32", "swiglu,32", "rotary_and_kv_write,64",
        "attention_context_64,64", "attention_generation_64,64", "attention_merge_32,32", "sample,32"})
    void aKernelThatComputesWrongIsFound(String kernel, int headDim) {
        HostKernels.assumeCompiler();
        List<SelfCheck> checks = new ArrayList<>();

        KernelChecks.run(new HostDriver().disturb(kernel), IMAGES, headDim, checks::add);

        assertThat(checks).filteredOn(check -> check.failure().isPresent()).isNotEmpty();
    }

    @Test
    void aFaultEndsTheTestWithOneLine() {
        HostKernels.assumeCompiler();
        HostDriver driver = new HostDriver();
        driver.failOn("swiglu");

        List<SelfCheck> checks = selfTest(driver);

        assertThat(checks.getLast().failure()).hasValueSatisfying(line -> assertThat(line).contains("CUDA error 700").doesNotContain("\n"));
    }

    /// In double precision every token of the requests leads the next best by more than bf16 may blur.
    @Test
    void bf16LeavesNoDoubtAboutTheRequestsTokens() {
        ModelConfig config = SelfTestModel.config();
        SmallModel.Evaluation reference = new SmallModel.Evaluation(config, TensorSource.open(Optional.empty(), 0));
        Set<Integer> tokens = new HashSet<>();
        for (Request request : SelfTestModel.decidedRequests()) {
            int[] sequence = new int[request.promptTokens() + SelfTestModel.OUTPUTS];
            for (int i = 0; i < sequence.length; i++) {
                if (i < request.promptTokens()) {
                    sequence[i] = request.prompt().tokenAt(i) % config.vocabSize();
                } else {
                    double[] logits = reference.logits(Arrays.copyOf(sequence, i));
                    assertThat(lead(logits)).as("%s, output %d", request.id(), i - request.promptTokens()).isGreaterThan(2 * UNDECIDED);
                    sequence[i] = best(logits);
                    tokens.add(sequence[i]);
                }
            }
        }
        assertThat(tokens).as("different tokens").hasSizeGreaterThan(10);
    }

    private static int best(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /// Distance of the two largest logits in units of their spread.
    private static double lead(double[] logits) {
        double[] sorted = logits.clone();
        Arrays.sort(sorted);
        double spread = Math.sqrt(Arrays.stream(logits).map(l -> l * l).average().orElseThrow());
        return (sorted[sorted.length - 1] - sorted[sorted.length - 2]) / spread;
    }

    private static List<SelfCheck> selfTest(HostDriver driver) {
        List<SelfCheck> checks = new ArrayList<>();
        BackendProvider reference = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("cpu"))
                .findFirst()
                .orElseThrow();
        new CudaSelfTest(() -> driver, IMAGES, SelfTestModel.decidedRequests().subList(2, 7)).run(reference, checks::add);
        return checks;
    }
}
