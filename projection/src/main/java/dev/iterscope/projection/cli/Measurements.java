package dev.iterscope.projection.cli;

import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.ObservationOptions;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.projection.answer.Prepared;
import dev.iterscope.projection.metrics.MetricsCollector;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.search.KvCapacity;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Objective;
import dev.iterscope.projection.search.RepeatedRuns;
import dev.iterscope.projection.search.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Runs the points of a sweep on a backend. Rounds go through the points forwards and backwards in turn, so that a drift of the machine
/// falls on all of them alike; the first round's first point is run once more before, for the machine's own warm-up, and not counted.
/// Memory is fixed: a larger budget leaves fewer KV blocks, as it does on a GPU.
final class Measurements {
    private final EngineConfig base;
    private final OptionalInt kvBlocks;
    private final int runs;
    private final Progress progress;
    private final BooleanSupplier stopped;
    private final Function<Setting, ObservationOptions> observation;

    /// @param base     backend, model, memory
    /// @param kvBlocks blocks at every budget where the user fixed them
    /// @param runs     runs of each point, at least 1
    /// @param progress is told of finished runs
    /// @param stopped  true once no further run is to be started
    Measurements(EngineConfig base, OptionalInt kvBlocks, int runs, Progress progress, BooleanSupplier stopped) {
        this(base, kvBlocks, runs, progress, stopped, _ -> base.observation());
    }

    /// @param observation what is shown of the runs of a setting
    Measurements(
            EngineConfig base, OptionalInt kvBlocks, int runs, Progress progress, BooleanSupplier stopped,
            Function<Setting, ObservationOptions> observation) {
        this.observation = observation;
        this.base = base;
        this.kvBlocks = kvBlocks;
        this.runs = runs;
        this.progress = progress;
        this.stopped = stopped;
    }

    /// KV capacity of the backend at each point, as it will be when measured.
    KvCapacity capacity(Prepared prepared) {
        Map<Integer, Long> tokens = new LinkedHashMap<>();
        for (Setting setting : prepared.settings()) {
            int blocks = Engine.plannedKvBlocks(config(prepared, setting));
            tokens.put(setting.maxNumBatchedTokens(), (blocks - 1L) * prepared.spec().blockSize());
        }
        return new KvCapacity.ByBudget(
                tokens,
                "KV capacity as the " + base.backend() + " backend divides "
                        + (kvBlocks.isPresent() ? "the given blocks" : (base.memoryBytes() >> 20) + " MiB") + " at each budget");
    }

    /// Warms up, then runs every point so many times; points that were not run before a stop are left out.
    List<MeasuredPoint> run(Prepared prepared) {
        progress.report("warming up", 0, 1);
        once(prepared, prepared.settings().getFirst());
        return runWarm(prepared);
    }

    /// The same on a machine that has just served such requests.
    List<MeasuredPoint> runWarm(Prepared prepared) {
        Map<Setting, List<Map<String, Double>>> results = new LinkedHashMap<>();
        List<Setting> order = new ArrayList<>(prepared.settings());
        order.forEach(setting -> results.put(setting, new ArrayList<>()));
        long total = (long) runs * order.size();
        long done = 0;
        for (int round = 0; round < runs; round++) {
            for (Setting setting : round % 2 == 0 ? order : order.reversed()) {
                progress.report("measuring", done++, total);
                if (!stopped.getAsBoolean()) {
                    results.getOrDefault(setting, new ArrayList<>()).add(once(prepared, setting));
                }
            }
        }
        List<MeasuredPoint> points = new ArrayList<>();
        results.forEach((setting, values) -> {
            if (!values.isEmpty()) {
                points.add(point(prepared, setting, values));
            }
        });
        return points;
    }

    private MeasuredPoint point(Prepared prepared, Setting setting, List<Map<String, Double>> values) {
        OptionalLong capacity = prepared.spec().capacity().tokensAt(setting.maxNumBatchedTokens());
        return RepeatedRuns.summarise(setting, capacity, values, new Objective(prepared.spec().slo(), prepared.spec().rule().goal()));
    }

    private Map<String, Double> once(Prepared prepared, Setting setting) {
        TimeScale scale = new TimeScale(base.timeScale());
        MetricsCollector metrics = new MetricsCollector(prepared.workload().requests().size());
        try (Engine engine = Engine.open(config(prepared, setting))) {
            engine.run(scale.stretch(prepared.workload()).requests(), prepared.workload().maxConcurrency(), metrics);
        }
        ServingMetrics served = metrics.metrics(scale.stretch(prepared.spec().slo().goodputLimits()));
        return scale.unstretch(served.values());
    }

    private EngineConfig config(Prepared prepared, Setting setting) {
        SchedulerConfig policies = prepared.spec().scheduler();
        SchedulerConfig scheduler = new SchedulerConfig(
                setting.maxNumBatchedTokens(),
                setting.maxNumSeqs(),
                base.scheduler().maxModelLen(),
                policies.chunkedPrefill(),
                policies.longPrefillTokenThreshold(),
                policies.policy(),
                policies.asyncScheduling(),
                policies.reserveFullIsl(),
                policies.watermark(),
                setting.maxNumBatchedTokens(),
                policies.chunkedEncoderInputs(),
                policies.speculativeTokens());
        EngineConfig config = base.withScheduler(scheduler)
                .withBlockSize(prepared.spec().blockSize())
                .withPrefixCaching(prepared.spec().prefixCaching())
                .withObservation(observation.apply(setting));
        return kvBlocks.isPresent() ? config.withKvBlocks(kvBlocks.getAsInt()) : config;
    }
}
