package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.backend.KernelRate;
import dev.iterscope.engine.backend.cuda.GpuBenchmark.Generation;
import dev.iterscope.engine.backend.cuda.GpuBenchmark.Sizes;
import dev.iterscope.engine.model.ModelPresets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the benchmark runs, on an emulated device; its times mean nothing there.
class GpuBenchmarkTest {

    @Test
    void measuresCopiesEveryMatrixAndBothAttentionsAndFreesItsMemory() {
        HostKernels.assumeCompiler();
        HostDriver driver = new HostDriver();
        Sizes sizes = new Sizes(Rig.model(4, 2, 64), List.of(1, 70), List.of(20), List.of(new Generation(2, 300)), 8L << 20);
        List<KernelRate> rates = new ArrayList<>();

        GpuBenchmark.run(driver, new KernelImages("sm_90", ".cubin"), sizes, rates::add);

        assertThat(rates).extracting(KernelRate::kernel).contains("copy", "gemm, own", "attention_context", "attention_generation");
        assertThat(rates).filteredOn(rate -> rate.kernel().equals("gemm, own")).hasSize(2 * 4);
        KernelRate gateUp = rates.stream().filter(rate -> rate.size().equals("gate_up_proj m=70 n=192 k=64")).findFirst().orElseThrow();
        assertThat(gateUp.flops()).isEqualTo(2.0 * 70 * 192 * 64);
        assertThat(gateUp.bytes()).isEqualTo(2.0 * (70 * 64 + 192 * 64 + 70 * 192));
        KernelRate generation = rates.getLast();
        assertThat(generation.flops()).as("query times key and weight times value").isEqualTo(4.0 * 2 * 300 * 4 * 64);
        // 2 sequences of 19 blocks of 16, keys and values of 2 heads of 64 in bf16, and the queries in and out
        assertThat(generation.bytes()).isEqualTo(2 * 2.0 * 608 * 128 + 4.0 * 2 * 4 * 64);
        assertThat(driver.liveAllocations()).isZero();
    }

    @Test
    void sizesReachAsFarAsTheModelAndTheMemory() {
        Sizes large = Sizes.of(ModelPresets.find("qwen3-8b").orElseThrow(), 70L << 30);
        assertThat(large.rows()).endsWith(8192);
        assertThat(large.generations()).contains(new Generation(1, 32768));
        assertThat(large.bytes()).isBetween(2L << 30, 8L << 30);

        Sizes tight = Sizes.of(ModelPresets.find("qwen3-8b").orElseThrow(), 1L << 30);
        assertThat(tight.bytes()).isEqualTo(512L << 20);

        Sizes small = Sizes.of(SelfTestModel.config(), 70L << 30);
        assertThat(small.rows()).containsExactly(1, 8, 32, 64, 256, 1024);
        assertThat(small.generations()).extracting(Generation::kvTokens).containsOnly(1024);
    }
}
