package dev.iterscope.projection.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.StepPart;
import dev.iterscope.projection.model.table.RecordedKernels;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.KernelKind;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Kernels of a recording become a step model, and a recording calibrates the kernels of another source.
class RecordedKernelsTest {
    private static final OptionalLong NONE = OptionalLong.empty();

    @Test
    void kernelsWithoutSizesMakeAModelOfWholeSteps() {
        Recording recording = recording(1, 1);
        KernelStepModel model = model(RecordedKernels.tables(recording));

        StepCounts mixed = counts(1, 300, 20, 300 * 150.0, 20 * 700);
        assertThat(model.contributions(mixed).get(StepPart.GEMM)).isCloseTo(gemm(320), within(0.03 * gemm(320)));
        assertThat(model.contributions(mixed).get(StepPart.CONTEXT_ATTENTION)).isCloseTo(2e5 + 20 * 45_000, within(1e5));
        assertThat(model.contributions(mixed).get(StepPart.GENERATION_ATTENTION)).isCloseTo(1e5 + 60 * 14_000, within(1e5));
        assertThat(model.summary().diagnosis().getFirst()).contains("sums of measured kernels");
    }

    @Test
    void theEnginesStepsCalibrateTheKernels() {
        // The engine's steps take 1.3 times their kernels, those with context work 1.2 times that.
        Recording slower = recording(1.3, 1.2);
        KernelStepModel alone = model(RecordedKernels.tables(slower));

        KernelStepModel calibrated = Calibration.of(alone, Optional.of(slower), List.of(slower));

        assertThat(alone.summary().nextMeasurement().orElseThrow()).contains("record a few hundred steps of the running engine");
        assertThat(calibrated.options().calibration()).isCloseTo(1.3, within(0.03));
        assertThat(calibrated.options().contextCalibration()).isCloseTo(1.2, within(0.05));
        assertThat(String.join(" ", calibrated.summary().diagnosis())).contains("Calibrated on 300 recorded steps")
                .contains("median error of");
        assertThat(calibrated.summary().nextMeasurement()).isEmpty();
    }

    @Test
    void whatRunsDifferByComesFromSeveralRecordings() {
        Recording fast = recording(1.2, 1.2);
        Recording slow = recording(1.4, 1.2);
        KernelStepModel alone = model(RecordedKernels.tables(fast));

        KernelStepModel one = Calibration.of(alone, Optional.of(fast), List.of(fast));
        KernelStepModel two = Calibration.of(alone, Optional.of(fast), List.of(fast, slow));

        double apart = Math.log(1.4 / 1.2);
        assertThat(one.options().betweenRunDeviation()).isEqualTo(0.04);
        assertThat(two.options().betweenRunDeviation())
                .isCloseTo(Math.sqrt((0.04 * 0.04 + apart * apart / 2) / 2), within(0.002));
        assertThat(String.join(" ", one.summary().diagnosis())).contains("are assumed to differ by 4.0 %");
        assertThat(String.join(" ", two.summary().diagnosis())).contains("from 2 recordings");
    }

    private static KernelStepModel model(List<KernelTable> tables) {
        KernelStepModel.Made made = KernelStepModel.of(tables, ModelPresets.TINY, KernelStepOptions.of(1));
        assertThat(made).isInstanceOf(KernelStepModel.Made.Model.class);
        return ((KernelStepModel.Made.Model) made).model();
    }

    private static double gemm(int tokens) {
        return 3e6 + 40e3 * tokens;
    }

    /// @param factor        a step's time over the sum of its kernels
    /// @param contextFactor a further factor of steps with context work
    private static Recording recording(double factor, double contextFactor) {
        SplittableRandom random = new SplittableRandom(9);
        List<Iteration> steps = new ArrayList<>();
        List<KernelRecord> kernels = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int generation = random.nextInt(1, 60);
            int context = i % 3 == 0 ? random.nextInt(50, 500) : 0;
            double pairs = context * 150.0;
            long kv = generation * 700L;
            double sum = 0;
            sum += add(kernels, i, KernelKind.GEMM, gemm(context + generation) * (1 + 0.01 * random.nextGaussian()));
            sum += add(kernels, i, KernelKind.NORM, 2e5 + 500 * (context + generation));
            sum += add(kernels, i, KernelKind.GENERATION_ATTENTION, 1e5 + 60 * kv);
            sum += add(kernels, i, KernelKind.CONTEXT_ATTENTION, context == 0 ? 0 : 2e5 + 20 * pairs);
            sum += add(kernels, i, KernelKind.SAMPLING, 1e5 + 2e3 * generation);
            long nanos = Math.round(sum * factor * (context > 0 ? contextFactor : 1));
            steps.add(new Iteration(0, OptionalLong.of(i), NONE, NONE, OptionalLong.of(nanos), context > 0 ? 1 : 0, context, generation,
                    generation,
                    Optional.empty(), NONE, NONE, NONE, Optional.of(detail(pairs, kv)), Set.of()));
        }
        Settings unknown = Settings.UNKNOWN;
        Settings own = new Settings(Optional.of("iterscope"), unknown.engineVersion(), unknown.maxNumBatchedTokens(), unknown.maxNumSeqs(),
                unknown.maxModelLen(), unknown.blockSize(), unknown.kvBlocks(), unknown.kvCapacityTokens(), unknown.kvType(),
                unknown.asyncScheduling(), unknown.prefixCaching(), unknown.chunkedPrefill(), unknown.reserveFullIsl(), unknown.watermark(),
                unknown.longPrefillTokenThreshold(), unknown.policy(),
                unknown.tensorParallel(), unknown.dataParallel(), unknown.pipelineParallel(), unknown.attentionBackend(),
                unknown.captureSizes(), unknown.model(), unknown.modelFacts(), unknown.backend(),
                unknown.serverArguments());
        return new Recording("jfr", List.of("test.jfr"), own, List.of(), steps, List.of(), List.of(), kernels, List.of(), List.of(),
                new Timing(Timing.Basis.STEP, 1), List.of());
    }

    private static double add(List<KernelRecord> kernels, int step, KernelKind kind, double nanos) {
        if (nanos > 0) {
            kernels.add(new KernelRecord(kind.label(), kind, 0, OptionalLong.of(step), OptionalInt.empty(), OptionalInt.empty(),
                    OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), NONE, OptionalDouble.empty(), OptionalDouble.empty(),
                    OptionalInt.empty(), NONE, NONE, Math.round(nanos)));
        }
        return nanos;
    }

    private static IterationDetail detail(double pairs, long kvTokens) {
        return new IterationDetail(NONE, NONE, NONE, OptionalDouble.of(pairs), OptionalDouble.empty(), OptionalLong.of(kvTokens),
                OptionalDouble.empty(), NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, Optional.empty(), NONE, NONE,
                NONE,
                NONE, NONE, NONE);
    }

    private static StepCounts counts(int contextRequests, int contextTokens, int generation, double pairs, int kv) {
        return new StepCounts(contextRequests, contextTokens, generation, generation, 0, 1000, 0, contextRequests + generation, 0, 0,
                8192, 16, 0, pairs, 0, kv, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
