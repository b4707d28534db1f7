package dev.iterscope.projection.cli;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.Calibration;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.answer.WhatIf;
import dev.iterscope.projection.device.DevicePeaks;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.MatrixType;
import dev.iterscope.projection.model.kernel.StepPart;
import dev.iterscope.projection.model.table.StepModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Kernel measurements in place of a fitted model, and what-ifs on either.
@Topic.Of(Topic.WHAT_IF)
final class KernelMixin {
    @Mixin
    private final ProfileMixin profiles;

    @Option(names = "--kernel-profile", paramLabel = "DIR",
            description = "Predict steps from the kernel profile in this folder (LLMServingSim, AIConfigurator).")
    private @Nullable Path kernelProfile;

    @Option(names = "--kernel-model", paramLabel = "FILE", description = "Predict steps from a model file that iterscope fit wrote.")
    private @Nullable Path kernelModel;

    @Option(names = "--tensor-parallel-size", paramLabel = "N",
            description = "Tensor-parallel ranks of the kernel model (recorded, else 1).")
    private @Nullable Integer tensorParallel;

    @Option(names = "--kernel-speedup", paramLabel = "PART=FACTOR", split = ",",
            description = "What if a part were faster, for instance attention=1.2; parts: gemm, attention, context_attention, generation_attention, elementwise, all_reduce, head, host.")
    private Map<String, Double> speedups = Map.of();

    @Option(names = "--device", paramLabel = "FROM:TO",
            description = "What if the profiled device were another, for instance h100:h200; TO may be the profile folder of the target.")
    private @Nullable String device;

    @Option(names = "--quantization", paramLabel = "TYPE",
            description = "Type of the matrix products: bfloat16 (default); int8 has the cpu backend quantise weights while it loads; of AIConfigurator's tables also fp8, fp8_block, int8_wo, int4, nvfp4.")
    private @Nullable String quantization;

    @Option(names = "--kv-cache-dtype", paramLabel = "TYPE",
            description = "Element type of the KV cache: bfloat16 (default); of the engine's also float32, of kernels also fp8.")
    private @Nullable String kvCacheType;

    KernelMixin(Console console) {
        profiles = new ProfileMixin(console);
    }

    /// Type of the KV cache that an engine is asked for; with kernels the type is theirs.
    Optional<String> engineKvCacheType() {
        return given() ? Optional.empty() : Optional.ofNullable(kvCacheType);
    }

    /// Type of the weights that an engine is asked for; with kernels the type is theirs.
    Optional<String> engineQuantization() {
        return given() ? Optional.empty() : Optional.ofNullable(quantization);
    }

    /// True when step times come from kernels.
    boolean given() {
        return kernelProfile != null || kernelModel != null;
    }

    /// The sources with the model that these options make, calibrated by the recording where there is one.
    ///
    /// @param model the model's option
    /// @throws UserInputException when tables, parts or devices cannot be used
    Sources applied(Sources sources, ModelOption model) {
        Map<StepPart, Double> parts = parts();
        requireRanks();
        model.given().ifPresent(reference -> RecordedModel.require(reference.config(), sources));
        if (!given()) {
            String option = optionOfKernels();
            if (!option.isEmpty()) {
                throw UserInputException.usage(option + " needs kernels: give --kernel-profile or --kernel-model with --model");
            }
            Sources known = model.dimensions(sources.settings().kvType()).map(sources::serving).orElse(sources);
            return parts.isEmpty() ? known : WhatIf.faster(known, parts);
        }
        Optional<ModelReference> reference = model.given().or(() -> recorded(sources));
        int ranks = sources.settings().tensorParallel().orElse(1);
        KernelStepModel wanted = kernels(reference, ranks, parts);
        KernelStepOptions recorded = recorded(wanted.options(), sources);
        KernelStepModel made = Calibration.of(wanted, recorded, sources.recording(), sources.each());
        return changed(sources, made, recorded);
    }

    /// The first option given that says nothing without kernels; empty for none.
    private String optionOfKernels() {
        if (profiles.given()) {
            return "--framework or --table-version";
        }
        if (device != null) {
            return "--device";
        }
        if (quantization != null) {
            return "--quantization";
        }
        if (kvCacheType != null) {
            return "--kv-cache-dtype";
        }
        return tensorParallel != null ? "--tensor-parallel-size" : "";
    }

    /// The step model of the kernels alone, beside the same without what-ifs where there are any.
    ///
    /// @throws UserInputException when no model is named or tables cannot be used
    Sources alone(ModelOption model) {
        KernelStepModel made = kernels(model.given(), 1, parts());
        return changed(Sources.of(made), made, made.options().measured());
    }

    /// The step model of the kernels alone.
    ///
    /// @throws UserInputException when no model is named or tables cannot be used
    KernelStepModel kernels(ModelOption model) {
        KernelStepModel made = kernels(model.given(), 1, parts());
        return target().map(folder -> onTarget(folder, made)).orElse(made);
    }

    private Sources changed(Sources sources, KernelStepModel made, KernelStepOptions unchanged) {
        Optional<Path> target = target();
        Sources with = sources.with(target.map(folder -> onTarget(folder, made)).orElse(made));
        if (target.isEmpty() && unchanged.equals(made.options().withCalibration(unchanged.calibration(), unchanged.contextCalibration())
                .withBetweenRunDeviation(unchanged.betweenRunDeviation()))) {
            return with;
        }
        return with.against(made.with(unchanged.withCalibration(made.options().calibration(), made.options().contextCalibration())
                .withBetweenRunDeviation(made.options().betweenRunDeviation())));
    }

    /// Options of the service as it was recorded: its ranks and the type of its KV cache as far as it says them, and no what-ifs.
    private static KernelStepOptions recorded(KernelStepOptions wanted, Sources sources) {
        KernelStepOptions measured = wanted.measured();
        MatrixType kv = sources.settings().kvType()
                .flatMap(MatrixType::ofLabel)
                .filter(EnumSet.of(MatrixType.BFLOAT16, MatrixType.FP8)::contains)
                .orElse(measured.kvType());
        return measured.withRanks(sources.settings().tensorParallel().orElse(measured.tensorParallel()))
                .withTypes(measured.matrixType(), kv);
    }

    /// The profile folder of the wanted device, where `--device` names one.
    private Optional<Path> target() {
        String change = device;
        return change == null || change.indexOf(':') < 0
                ? Optional.empty()
                : Optional.of(Path.of(change.substring(change.indexOf(':') + 1))).filter(Files::isDirectory);
    }

    /// The target's kernels, with what the engine adds to kernels as it was seen on the profiled device.
    private KernelStepModel onTarget(Path folder, KernelStepModel profiled) {
        try {
            StepModels.Kernels kernels = StepModels.ofProfile(
                    profiles.read(folder, true, OptionalInt.of(profiled.options().tensorParallel())));
            return StepModels.make(folder, kernels, profiled.config(), profiled.options())
                    .calibrated(profiled.options(), profiled.engineFit());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<ModelReference> recorded(Sources sources) {
        return sources.settings().model().flatMap(ModelPresets::find)
                .map(config -> new ModelReference(config, Optional.empty()));
    }

    private KernelStepModel kernels(Optional<ModelReference> reference, int recordedRanks, Map<StepPart, Double> parts) {
        if (kernelProfile != null && kernelModel != null) {
            throw UserInputException.usage("--kernel-profile and --kernel-model exclude each other; give one");
        }
        ModelConfig config = reference
                .orElseThrow(() -> UserInputException.usage("kernels alone do not say which model they serve; give --model"))
                .config();
        requireRanks();
        int ranks = tensorParallel == null ? recordedRanks : tensorParallel;
        try {
            Path source = kernelProfile != null ? kernelProfile : Objects.requireNonNull(kernelModel);
            StepModels.Kernels kernels = kernelProfile != null
                    ? StepModels.ofProfile(profiles.read(source, true, OptionalInt.of(ranks)))
                    : StepModels.ofModelFile(source);
            return StepModels.make(source, kernels, config, onDevice(types(source, kernels, ranks).withSpeedups(parts), kernels.device()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireRanks() {
        if (tensorParallel != null && tensorParallel < 1) {
            throw UserInputException.usage("--tensor-parallel-size must be at least 1: " + tensorParallel);
        }
    }

    /// Refuses ranks for an engine whose times are not those of kernels.
    ///
    /// @throws UserInputException when they were given without kernels
    void requireNoRanks() {
        requireRanks();
        if (tensorParallel != null && !given()) {
            throw UserInputException.usage("--tensor-parallel-size needs kernels: give --kernel-profile or --kernel-model");
        }
    }

    private KernelStepOptions types(Path source, StepModels.Kernels kernels, int ranks) {
        KernelStepOptions options = KernelStepOptions.of(ranks);
        if (quantization == null && kvCacheType == null) {
            return options;
        }
        if (kernels.layers().isPresent()) {
            throw UserInputException.usage((quantization == null ? "--kv-cache-dtype" : "--quantization") + ": the layers in " + source
                    + " were measured with one type; other types need tables of single kernels (AIConfigurator)");
        }
        MatrixType products = type("--quantization", quantization, EnumSet.complementOf(EnumSet.of(MatrixType.FLOAT32)));
        MatrixType kv = type("--kv-cache-dtype", kvCacheType, EnumSet.of(MatrixType.BFLOAT16, MatrixType.FP8));
        for (KernelTable table : kernels.tables()) {
            if (table.name().equals("gemm") && !table.has(3, products.code())) {
                throw UserInputException.usage("--quantization " + products.label() + ": " + source + " has no product of that type");
            }
        }
        return options.withTypes(products, kv);
    }

    private static MatrixType type(String option, @Nullable String word, Set<MatrixType> allowed) {
        if (word == null) {
            return MatrixType.BFLOAT16;
        }
        return MatrixType.ofLabel(word)
                .filter(allowed::contains)
                .orElseThrow(() -> UserInputException.usage(option + " must be one of "
                        + String.join(", ", allowed.stream().map(MatrixType::label).toList()) + ": " + word));
    }

    private KernelStepOptions onDevice(KernelStepOptions options, Optional<String> measured) {
        String change = device;
        if (change == null) {
            return options;
        }
        String[] names = change.split(":", 2);
        if (target().isPresent()) {
            Optional<DevicePeaks> from = DevicePeaks.find(names[0]);
            Optional<DevicePeaks> profiled = measured.flatMap(DevicePeaks::find);
            if (from.isPresent() && profiled.isPresent() && !from.equals(profiled)) {
                throw otherDevice(change, measured.orElse(""), profiled.get());
            }
            return options;
        }
        if (names.length != 2 || names[1].indexOf(':') >= 0) {
            throw UserInputException.usage("--device must be FROM:TO, for instance h100:h200: " + change);
        }
        DevicePeaks from = peaks(names[0]);
        Optional<DevicePeaks> known = measured.flatMap(DevicePeaks::find);
        if (known.isPresent() && !known.get().equals(from)) {
            throw otherDevice(change, measured.orElse(""), known.get());
        }
        DevicePeaks to = peaks(names[1]);
        return options.withDeviceRatios(to.flops() / from.flops(), to.bandwidth() / from.bandwidth());
    }

    private static UserInputException otherDevice(String change, String measured, DevicePeaks known) {
        return UserInputException.usage(
                "--device " + change + ": the kernels were measured on " + measured + "; begin with " + known.name());
    }

    private static DevicePeaks peaks(String name) {
        return DevicePeaks.find(name)
                .orElseThrow(() -> UserInputException.usage("--device: '" + name + "' is neither a known device nor a profile folder; known"
                        + " are " + String.join(", ", DevicePeaks.names())));
    }

    private Map<StepPart, Double> parts() {
        Map<StepPart, Double> parts = new EnumMap<>(StepPart.class);
        speedups.forEach((name, factor) -> {
            if (!(factor > 0) || factor.isInfinite()) {
                throw UserInputException.usage("--kernel-speedup " + name + " must be above 0: " + factor);
            }
            if (name.equals("attention")) {
                parts.put(StepPart.CONTEXT_ATTENTION, factor);
                parts.put(StepPart.GENERATION_ATTENTION, factor);
            } else {
                parts.put(StepPart.ofLabel(name).orElseThrow(() -> UserInputException.usage("--kernel-speedup: no part '" + name
                        + "'; parts are gemm, attention, context_attention, generation_attention, elementwise, all_reduce, head, host")),
                        factor);
            }
        });
        return parts;
    }
}
