package dev.iterscope.projection.model.kernel;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.model.RunSteps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A step model made of measured kernels: a step is the sum of its kernels, padded to captured sizes; the host's time runs beside it
/// under asynchronous scheduling.
///
/// Draws multiply each part by its own factor and all by a run's: kernels measured alone and in an engine differ by clocks,
/// contention and overlap, which no single table shows. A part whose sizes lie beyond what was measured departs by more, the farther
/// from measurements the more.
public final class KernelStepModel implements FittedStepModel {
    private final ModelConfig config;
    private final Map<String, KernelModel> kernels;
    private final KernelStepOptions options;
    private final CompiledStep step;
    private final KernelStepTimes point;
    private final KernelSupport support;
    private final ModelSummary summary;

    private final Optional<EngineFit> engine;

    /// What calibrating against recorded steps came to.
    ///
    /// @param steps            recorded steps used
    /// @param heldOutMedianApe median error of steps that the factors were not taken from, per cent
    /// @param runs             recordings that tell what repetitions differ by; 0 where it is assumed
    public record EngineFit(int steps, double heldOutMedianApe, int runs) {}

    private KernelStepModel(ModelConfig config, Map<String, KernelModel> kernels, KernelStepOptions options, CompiledStep step,
            Optional<EngineFit> engine) {
        this.config = config;
        this.kernels = kernels;
        this.options = options;
        this.engine = engine;
        this.step = step;
        this.point = new KernelStepTimes(step, factors(), options.contextCalibration(), new double[StepPart.COUNT]);
        this.support = new KernelSupport(step, point);
        this.summary = makeSummary();
    }

    /// Puts a step together.
    ///
    /// @param tables  measured kernels of one device
    /// @param config  the model's architecture
    /// @param options ranks, types, calibration, what-if
    /// @return the model, or the name of a table that is needed and missing
    public static Made of(List<KernelTable> tables, ModelConfig config, KernelStepOptions options) {
        Map<String, KernelModel> kernels = tables.parallelStream()
                .filter(t -> !t.name().startsWith("nccl_") && t.kernel() != Kernel.SKEWED_ATTENTION)
                .collect(Collectors.toMap(KernelTable::name, KernelModel::fit, (a, b) -> b, TreeMap::new));
        StepCompiler compiler = new StepCompiler(kernels, config, options);
        Optional<String> missing = compiler.missing();
        return missing.isPresent()
                ? new Made.Missing(missing.get())
                : new Made.Model(new KernelStepModel(config, kernels, options, compiler.compile(), Optional.empty()));
    }

    /// What became of putting a step together.
    public sealed interface Made {
        /// The model.
        ///
        /// @param model the model
        record Model(KernelStepModel model) implements Made {}

        /// A table is missing.
        ///
        /// @param table its name
        record Missing(String table) implements Made {}
    }

    /// The same kernels under other options.
    public KernelStepModel with(KernelStepOptions other) {
        return with(config, other);
    }

    /// The same kernels for another model, under other options.
    public KernelStepModel with(ModelConfig other, KernelStepOptions otherOptions) {
        return new KernelStepModel(other, kernels, otherOptions, new StepCompiler(kernels, other, otherOptions).compile(), engine);
    }

    /// The same with calibration factors taken from recorded steps; the kernels are not looked at again.
    ///
    /// @param calibrated the model's options with those factors
    /// @param fit        where they come from; empty for none
    public KernelStepModel calibrated(KernelStepOptions calibrated, Optional<EngineFit> fit) {
        return new KernelStepModel(config, kernels, calibrated, step, fit);
    }

    /// Time of the device for a step, nanoseconds.
    public double deviceNanos(StepCounts counts) {
        return point.deviceNanos(counts);
    }

    /// The architecture.
    public ModelConfig config() {
        return config;
    }

    /// What calibrating came to; empty where no recording did.
    public Optional<EngineFit> engineFit() {
        return engine;
    }

    /// How the model was put together.
    public KernelStepOptions options() {
        return options;
    }

    private double[] factors() {
        double[] factors = new double[StepPart.COUNT];
        Arrays.fill(factors, options.calibration());
        factors[StepPart.HOST.index()] = 1;
        options.speedups().forEach((part, speedup) -> factors[part.index()] /= speedup);
        return factors;
    }

    @Override
    public StepTimes point() {
        return point;
    }

    @Override
    public StepTimes draw(int index, long seed) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + index * 0xD1B54A32D192ED03L + 1);
        double[] factors = factors();
        double run = Math.exp(options.betweenRunDeviation() * random.nextGaussian());
        for (int i = 0; i < factors.length; i++) {
            factors[i] *= run * Math.exp(options.partDeviation() * random.nextGaussian());
        }
        double[] departs = new double[StepPart.COUNT];
        for (int i = 0; i < departs.length; i++) {
            departs[i] = random.nextGaussian();
        }
        return new KernelStepTimes(step, factors, options.contextCalibration(), departs);
    }

    @Override
    public ModelSummary summary() {
        return summary;
    }

    /// What each part contributes to a step, nanoseconds.
    public Map<StepPart, Double> contributions(StepCounts counts) {
        Map<StepPart, Double> parts = new EnumMap<>(StepPart.class);
        for (StepPart part : StepPart.values()) {
            parts.put(part, point.nanos(part, counts));
        }
        return parts;
    }

    /// Time of one part of a step, nanoseconds.
    public double nanos(StepPart part, StepCounts counts) {
        return point.nanos(part, counts);
    }

    @Override
    public Support supportFor(Collection<StepCounts> visited) {
        return support.of(visited);
    }

    @Override
    public Optional<MissingData> missing(RunSteps run) {
        return support.missing(run.sample());
    }

    private ModelSummary makeSummary() {
        List<ModelSummary.Term> terms = new ArrayList<>();
        terms.add(term("weight_pass", step.nanos(0, Sample.generation(1, 1)) / 1e3, "us/step"));
        terms.add(term("dense", (step.nanos(0, Sample.context(2048)) - step.nanos(0, Sample.context(1024))) / 1024 / 1e3, "us/token"));
        terms.add(term("context_attention", step.nanos(1, Sample.context(2048)) / Sample.context(2048).contextAttentionPairs(), "ns/pair"));
        terms.add(term("generation_attention", step.nanos(2, Sample.generation(64, 1024)) / (64 * 1024), "ns/KV token"));
        terms.add(term("head", step.nanos(5, Sample.generation(64, 1)) / 64 / 1e3, "us/request"));
        terms.add(term("host", options.hostStepNanos() / 1e3, "us/step"));
        terms.add(factor("calibration", options.calibration()));
        terms.add(factor("calibration_context", options.contextCalibration()));
        List<String> diagnosis = new ArrayList<>();
        diagnosis.add(String.format(Locale.ROOT, "Steps are sums of measured kernels (%s, %d ranks, %s).", config.name(),
                options.tensorParallel(), options.matrixType().label()));
        Optional<String> next = Optional.empty();
        if (engine.isEmpty()) {
            diagnosis.add("Kernel times were measured alone; no recording says how they differ in a running engine.");
            next = Optional
                    .of("record a few hundred steps of the running engine, and name the recording beside the kernels: it calibrates them");
        } else {
            diagnosis.add(String.format(Locale.ROOT,
                    "Calibrated on %d recorded steps: kernels take %.2f times as long in the running engine,"
                            + " and steps with context work %.2f times that; steps left out are then predicted with a median error of %.1f %%.",
                    engine.get().steps(), options.calibration(), options.contextCalibration(), engine.get().heldOutMedianApe()));
        }
        int runs = engine.map(EngineFit::runs).orElse(0);
        diagnosis.add(String.format(Locale.ROOT, "Repetitions of a run %s to differ by %.1f %% (one standard deviation%s).",
                runs == 0 ? "are assumed" : "were seen", 100 * options.betweenRunDeviation(),
                runs == 0 ? "" : ", from " + runs + " recordings"));
        new StepCompiler(kernels, config, options).leftOut().ifPresent(diagnosis::add);
        long rows = kernels.values().stream().mapToLong(k -> k.table().size()).sum();
        return new ModelSummary(ModelSummary.Level.KERNEL, true, diagnosis, next, terms,
                new ModelSummary.Fit(rows, engine.map(EngineFit::steps).orElse(0), OptionalDouble.empty(), OptionalDouble.empty(),
                        OptionalDouble.empty()));
    }

    private static ModelSummary.Term factor(String name, double value) {
        return new ModelSummary.Term(name, OptionalDouble.of(value), "factor", OptionalDouble.empty(), OptionalDouble.empty(), true,
                Optional.empty());
    }

    private ModelSummary.Term term(String name, double value, String unit) {
        double scaled = value * options.calibration();
        double half = 1.96 * Math.hypot(options.betweenRunDeviation(), options.partDeviation());
        return new ModelSummary.Term(name, OptionalDouble.of(scaled), unit, OptionalDouble.of(scaled * Math.exp(-half)),
                OptionalDouble.of(scaled * Math.exp(half)), true, Optional.empty());
    }

    /// Counts of typical steps, to express times per unit.
    private static final class Sample {
        private Sample() {}

        static StepCounts context(int tokens) {
            return counts(1, tokens, 0, tokens * (tokens + 1.0) / 2, 0);
        }

        static StepCounts generation(int requests, int kv) {
            return counts(0, 0, requests, 0, requests * kv);
        }

        private static StepCounts counts(int contextRequests, int contextTokens, int generation, double pairs, int kv) {
            return new StepCounts(contextRequests, contextTokens, generation, generation, 0, 0, 0, contextRequests + generation, 0, 0,
                    CompiledStep.MOST_TOKENS, 16, 0, pairs, 0, kv, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }
    }
}
