package dev.iterscope.projection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.device.DevicePeaks;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.table.StepModels;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the architecture says beforehand, held against what devices were measured to do.
class TermPriorTest {
    private static final ModelConfig MODEL = ModelPresets.find("qwen3-0.6b").orElseThrow();
    private static final TermWork WORK = TermWork.of(facts(MODEL), TermWork.Peaks.UNKNOWN).orElseThrow();

    private static ModelFacts facts(ModelConfig model) {
        return new ModelFacts(model.name(), "qwen3", model.hiddenSize(), model.layers(), model.heads(), model.kvHeads(), model.headDim(),
                model.intermediateSize(), model.vocabSize(), model.weightBytes(), model.kvBytesPerToken(DataType.BF16),
                model.tiedEmbeddings());
    }

    @Test
    void countsTheWorkOfAKnownModel() {
        // 28 layers of (16 + 2 x 8) x 128 and 16 x 128 columns, 3 x 3072, each of 1024 rows: 440 million weights; by hand.
        assertThat(WORK.denseFlops()).isCloseTo(2 * 440.4e6, within(1e6));
        assertThat(WORK.pairFlops()).isEqualTo(4.0 * 28 * 16 * 128);
        assertThat(WORK.kvBytes()).isEqualTo(2.0 * 28 * 8 * 128 * 2);
        assertThat(WORK.weightBytes()).isCloseTo(2 * (440.4e6 + 151_936 * 1024.0), within(1e6));
    }

    @Test
    void weightsThatAreNotThoseOfADenseDecoderSayNothing() {
        ModelFacts dense = facts(MODEL);
        ModelFacts experts = new ModelFacts(dense.name(), "moe", dense.hiddenSize(), dense.layers(), dense.heads(), dense.kvHeads(),
                dense.headDim(), dense.intermediateSize(), dense.vocabSize(), 20 * dense.weightBytes(), dense.kvBytesPerToken(),
                dense.tiedEmbeddings());
        assertThat(TermWork.of(experts, TermWork.Peaks.UNKNOWN)).isEmpty();
    }

    /// Measured kernels of two devices: attention takes 1.5 to 1.7 times as long per FLOP as the dense layers, and 1.1 to 1.3 times as long per
    /// byte, well within two deviations of the prior.
    @ParameterizedTest
    @CsvSource({
        "llmservingsim/RTX4090/Llama-3.1-8B-bf16-tp1, llama-3.1-8b",
        "aiconfigurator/h100_sxm-vllm-0.19.0, llama-3.1-8b",
        "aiconfigurator/h100_sxm-vllm-0.19.0, qwen3-32b",
    })
    void measuredDevicesLieWithinThePrior(String profile, String preset) throws IOException {
        Path folder = Recordings.shared("kernel-profiles/" + profile);
        ModelConfig model = ModelPresets.find(preset).orElseThrow();
        TermWork work = TermWork.of(facts(model), TermWork.Peaks.UNKNOWN).orElseThrow();
        KernelStepModel kernels = StepModels.make(folder, StepModels.ofProfile(folder), model, KernelStepOptions.of(1));
        Map<String, Double> terms = kernels.summary().terms().stream()
                .filter(term -> term.value().isPresent())
                .collect(Collectors.toMap(ModelSummary.Term::name, term -> term.value().getAsDouble()));

        double context = Objects.requireNonNull(terms.get("context_attention")) / work.pairFlops()
                / (1e3 * Objects.requireNonNull(terms.get("dense")) / work.denseFlops());
        double generation = Objects.requireNonNull(terms.get("generation_attention")) / work.kvBytes()
                / (1e3 * Objects.requireNonNull(terms.get("weight_pass")) / work.weightBytes());
        assertThat(context).isBetween(0.5, TermPrior.ATTENTION_SLOWER + 2 * TermPrior.ATTENTION_SLOWER_DEVIATION);
        assertThat(generation).isBetween(0.5, TermPrior.ATTENTION_SLOWER + 2 * TermPrior.ATTENTION_SLOWER_DEVIATION);
    }

    /// Nanoseconds per step, token and request of a made-up service, and how much slower attention works than the dense layers.
    private record Service(double fixed, double token, double request, double slower) {
        double pair() {
            return slower * token * WORK.pairFlops() / WORK.denseFlops();
        }

        double kvToken() {
            return slower * fixed * WORK.kvBytes() / WORK.weightBytes();
        }

        double nanos(StepCounts step) {
            return fixed + token * step.scheduledTokens() + pair() * step.contextAttentionPairs() + kvToken() * step.generationKvTokens()
                    + request * step.scheduledRequests();
        }

        Recording serve(List<StepCounts> steps, Optional<ModelFacts> model) {
            SplittableRandom random = new SplittableRandom(7);
            List<Iteration> iterations = new ArrayList<>();
            for (StepCounts step : steps) {
                iterations.add(Recordings.step(0, iterations.size(), OptionalLong.empty(),
                        Math.round(nanos(step) * (1 + 0.02 * random.nextGaussian())),
                        new int[] {step.contextRequests(), step.contextTokens(), step.generationRequests(), step.generationRequests()},
                        Optional.of(Recordings.detail(step.contextAttentionPairs(), step.generationKvTokens(), OptionalLong.empty(),
                                OptionalLong.empty()))));
            }
            return Recordings.of(iterations, model);
        }
    }

    private static StepCounts step(int prompts, int from, int to, int generation, int kv) {
        double pairs = prompts * ((to - from) * (double) from + (to - from) * (to - from + 1.0) / 2);
        return new StepCounts(prompts, prompts * (to - from), generation, generation, 0, 1000, 0, prompts + generation, 0, 0, 8192, 16, 0,
                pairs, 0, kv, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// Whole prompts of 512 tokens, one to four a step: pairs are in proportion to tokens. Steps that only generate tell all the rest.
    private static List<StepCounts> wholePrompts() {
        SplittableRandom random = new SplittableRandom(3);
        List<StepCounts> steps = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int prompts = i % 4 == 0 ? random.nextInt(1, 5) : 0;
            int generation = random.nextInt(1, 60);
            steps.add(step(prompts, 0, 512, generation, generation * random.nextInt(20, 4000)));
        }
        return steps;
    }

    private static IterationStepModel fitted(Recording recording) {
        return ((IterationFit.Fitted) IterationModels.fit(recording, IterationOptions.DEFAULTS)).model();
    }

    /// The second half of a prompt: three times the pairs of the first for each token.
    @ParameterizedTest
    @ValueSource(doubles = {1, 2, 4})
    void aKnownArchitectureTellsPairsFromTokensWhereTheBatchesDoNot(double slower) {
        Service service = new Service(5e6, 20e3, 30e3, slower);
        List<StepCounts> halves = List.of(step(2, 256, 512, 8, 8 * 500), step(4, 256, 512, 8, 8 * 500));

        IterationStepModel blind = fitted(service.serve(wholePrompts(), Optional.empty()));
        assertThat(blind.supportFor(halves)).isEqualTo(Support.BOUNDED);
        IterationStepModel informed = fitted(service.serve(wholePrompts(), Optional.of(facts(MODEL))));
        assertThat(informed.supportFor(halves)).isEqualTo(Support.INTERPOLATED);
        for (StepCounts half : halves) {
            StepPrediction predicted = informed.predict(half);
            assertThat(predicted.nanos()).isCloseTo(service.nanos(half), within(0.1 * service.nanos(half)));
            assertThat(service.nanos(half)).isBetween(predicted.low95(), predicted.high95());
        }
    }

    /// Beliefs give way to data: attention twenty times as slow as the dense layers is found where batches show it.
    @Test
    void recordedStepsOverruleTheArchitecture() {
        Service service = new Service(5e6, 20e3, 30e3, 20);
        List<StepCounts> steps = new ArrayList<>(wholePrompts());
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 60; i++) {
            int from = random.nextInt(0, 4000);
            steps.add(step(1, from, from + random.nextInt(50, 500), 4, 4 * 500));
        }
        IterationStepModel model = fitted(service.serve(steps, Optional.of(facts(MODEL))));

        assertThat(model.coefficients()[StepTerm.CONTEXT_ATTENTION.index()]).isCloseTo(service.pair(), within(0.1 * service.pair()));
        assertThat(model.coefficients()[StepTerm.GENERATION_ATTENTION.index()]).isCloseTo(service.kvToken(),
                within(0.1 * service.kvToken()));
    }

    @Test
    void coefficientsAreReportedAsRates() {
        Service service = new Service(5e6, 20e3, 30e3, 2);
        Map<String, EffectiveRate> rates = fitted(service.serve(wholePrompts(), Optional.of(facts(MODEL)))).summary().terms().stream()
                .filter(term -> term.rate().isPresent())
                .collect(Collectors.toMap(ModelSummary.Term::name, term -> term.rate().orElseThrow()));

        // 1.19 GB in 5 ms; 881 MFLOP in 20 us.
        assertThat(Objects.requireNonNull(rates.get("fixed")).perSecond()).isCloseTo(238e9, within(20e9));
        assertThat(Objects.requireNonNull(rates.get("fixed")).unit()).isEqualTo(EffectiveRate.Unit.BYTES_PER_SECOND);
        assertThat(Objects.requireNonNull(rates.get("dense")).perSecond()).isCloseTo(44e12, within(9e12));
        assertThat(Objects.requireNonNull(rates.get("dense")).unit().label()).isEqualTo("FLOP/s");
        assertThat(Objects.requireNonNull(rates.get("generation_attention")).perSecond()).isCloseTo(119e9, within(20e9));
        assertThat(rates).doesNotContainKey("requests");
    }

    @Test
    void aDeviceWithKnownPeaksGivesRatesAsShares() {
        Recording recording = new Service(5e6, 20e3, 30e3, 2).serve(wholePrompts(), Optional.of(facts(MODEL)));
        DeviceFacts h100 = new DeviceFacts("NVIDIA H100 80GB HBM3", "cuda", OptionalLong.empty(), OptionalDouble.of(100e12),
                OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
        TermWork work = TermWork.of(DevicePeaks.complete(recording.withDevices(List.of(h100)))).orElseThrow();

        // What the recording says comes before the data sheet's 989 TFLOP/s; the bandwidth is the sheet's 3.35 TB/s.
        assertThat(work.rate(StepTerm.DENSE, 20e3).orElseThrow().peakShare().orElseThrow()).isCloseTo(0.44, within(0.01));
        assertThat(work.rate(StepTerm.FIXED, 5e6).orElseThrow().peakShare().orElseThrow()).isCloseTo(238.0 / 3350, within(0.001));
        assertThat(work.rate(StepTerm.FIXED, 0)).isEmpty();
    }
}
