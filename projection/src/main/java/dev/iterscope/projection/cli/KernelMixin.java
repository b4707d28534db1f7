package dev.iterscope.projection.cli;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.StepTerm;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.MatrixType;
import dev.iterscope.projection.model.kernel.StepPart;
import dev.iterscope.projection.model.table.DevicePeaks;
import dev.iterscope.projection.model.table.StepModels;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Step times from kernel measurements, and what-ifs on any step model: the options that `run`, `project` and `sweep` share.
final class KernelMixin {
    @Option(names = "--kernel-profile", paramLabel = "DIR",
            description = "Take step times from measured kernels (AIConfigurator or LLMServingSim), for --model.")
    private @Nullable Path profile;

    @Option(names = "--kernel-model", paramLabel = "FILE", description = "Take step times from a model file of iterscope fit, for --model.")
    private @Nullable Path modelFile;

    @Option(names = "--tensor-parallel-size", paramLabel = "N", defaultValue = "1",
            description = "Ranks that share a step, with measured kernels (default: ${DEFAULT-VALUE}).")
    private int tensorParallel = 1;

    @Option(names = "--kernel-speedup", paramLabel = "KERNEL=FACTOR", split = ",",
            description = "What if a kernel were faster: attention, context_attention, generation_attention, gemm, elementwise, all_reduce, head, host.")
    private Map<String, Double> speedups = new LinkedHashMap<>();

    @Option(names = "--device", paramLabel = "FROM:TO", description = "What if the device were another, by data-sheet peaks: h100:h200.")
    private @Nullable String device;

    /// The model that the options ask for; empty where the recording's own is to be fitted, unchanged.
    ///
    /// @param model     the architecture, asked for only where kernels are summed
    /// @param recording what was recorded, if anything
    /// @throws UserInputException for options that contradict each other, or files that cannot be used
    Optional<FittedStepModel> model(Supplier<ModelConfig> model, Optional<Recording> recording) {
        if (profile != null && modelFile != null) {
            throw UserInputException.usage("--kernel-profile and --kernel-model both give step times; name one");
        }
        if (tensorParallel < 1 || tensorParallel > 1024) {
            throw UserInputException.usage("--tensor-parallel-size must be from 1 to 1024: " + tensorParallel);
        }
        Optional<double[]> ratios = deviceRatios();
        Map<StepPart, Double> parts = parts();
        if (profile != null || modelFile != null) {
            return Optional.of(ofKernels(model.get(), parts, ratios.orElse(new double[] {1, 1})));
        }
        if (parts.isEmpty() && ratios.isEmpty()) {
            return Optional.empty();
        }
        Recording recorded = recording
                .orElseThrow(() -> UserInputException
                        .usage("--kernel-speedup and --device change a step model; name a recording or a --kernel-profile"));
        return Optional.of(ofRecording(recorded, parts, ratios.orElse(new double[] {1, 1})));
    }

    private FittedStepModel ofKernels(ModelConfig config, Map<StepPart, Double> parts, double[] ratios) {
        Path source = profile != null ? profile : modelFile;
        if (source == null) {
            throw new IllegalStateException("neither profile nor model file");
        }
        try {
            StepModels.Kernels kernels = profile != null ? StepModels.ofProfile(source) : StepModels.ofModelFile(source);
            MatrixType type = switch (config.weightType()) {
                case FP8 -> MatrixType.FP8_BLOCK;
                case INT8 -> MatrixType.INT8;
                case F32 -> MatrixType.FLOAT32;
                case BF16, F16 -> MatrixType.BFLOAT16;
            };
            KernelStepOptions options = KernelStepOptions.of(tensorParallel)
                    .withTypes(type, MatrixType.BFLOAT16)
                    .withSpeedups(parts)
                    .withDeviceRatios(ratios[0], ratios[1]);
            return StepModels.make(source, kernels, config, options);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private static FittedStepModel ofRecording(Recording recording, Map<StepPart, Double> parts, double[] ratios) {
        return switch (IterationModels.fit(recording, IterationOptions.DEFAULTS)) {
            case IterationFit.NotPossible(String reason, String next) ->
                    throw UserInputException.input(String.join(", ", recording.files()), "", reason, next);
            case IterationFit.Fitted fitted -> {
                Map<StepTerm, Double> factors = new EnumMap<>(StepTerm.class);
                for (StepTerm term : StepTerm.values()) {
                    factors.put(term, 1 / (term.isArithmetic() ? ratios[0] : ratios[1]));
                }
                parts.forEach((part, speedup) -> termsOf(part).forEach(term -> factors.merge(term, 1 / speedup, (a, b) -> a * b)));
                yield fitted.model().scaled(factors);
            }
        };
    }

    /// The terms of a step that a kernel is in. The weight pass is the fixed term.
    private static List<StepTerm> termsOf(StepPart part) {
        return switch (part) {
            case GEMM -> List.of(StepTerm.FIXED, StepTerm.DENSE, StepTerm.DENSE_KNEE);
            case CONTEXT_ATTENTION -> List.of(StepTerm.CONTEXT_ATTENTION);
            case GENERATION_ATTENTION -> List.of(StepTerm.GENERATION_ATTENTION);
            case HEAD -> List.of(StepTerm.REQUESTS);
            case ELEMENTWISE, ALL_REDUCE, HOST -> throw UserInputException.usage(
                    "a recording of steps does not tell " + part.label() + " apart; give measured kernels with --kernel-profile");
        };
    }

    private Map<StepPart, Double> parts() {
        Map<StepPart, Double> parts = new EnumMap<>(StepPart.class);
        speedups.forEach((word, factor) -> {
            if (!(factor > 0 && factor <= 1e6)) {
                throw UserInputException.usage("--kernel-speedup " + word + " must be above 0: " + factor);
            }
            List<StepPart> named = named(word);
            named.forEach(part -> parts.put(part, factor));
        });
        return parts;
    }

    private static List<StepPart> named(String word) {
        if (word.equals("attention")) {
            return List.of(StepPart.CONTEXT_ATTENTION, StepPart.GENERATION_ATTENTION);
        }
        List<String> known = new ArrayList<>(List.of("attention"));
        for (StepPart part : StepPart.values()) {
            known.add(part.label());
        }
        return List.of(StepPart.ofLabel(word).orElseThrow(
                () -> UserInputException
                        .usage("--kernel-speedup knows no kernel '" + word + "'; kernels are " + String.join(", ", known))));
    }

    /// Arithmetic and bandwidth of the wanted device over those of the measured.
    private Optional<double[]> deviceRatios() {
        String text = device;
        if (text == null) {
            return Optional.empty();
        }
        String[] names = text.split(":", -1);
        if (names.length != 2) {
            throw UserInputException.usage("--device must be like h100:h200: " + text);
        }
        DevicePeaks from = peaks(names[0]);
        DevicePeaks to = peaks(names[1]);
        return Optional.of(new double[] {to.flops() / from.flops(), to.bandwidth() / from.bandwidth()});
    }

    private static DevicePeaks peaks(String name) {
        return DevicePeaks.find(name).orElseThrow(
                () -> UserInputException.usage("--device knows no '" + name + "'; devices are " + String.join(", ", DevicePeaks.names())));
    }
}
