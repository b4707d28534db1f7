package dev.iterscope.projection.search;

import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.RunSteps;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.simulate.SimulationResult;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Simulates every point of a sweep: its best estimate, its draws, and the highest request rate that meets the objective.
///
/// Draws share their random numbers over the points, so that what is common to all cancels in comparisons. They serve at most
/// [#DRAW_REQUESTS] requests from the start of the workload; each result is kept as a factor on the best estimate for the same requests.
/// Points are simulated in parallel; the answer does not depend on how many threads there are.
public final class Sweep {
    /// Requests that draws and the search for the highest rate serve at most.
    public static final int DRAW_REQUESTS = 2000;

    private final SweepSpec spec;
    private final Progress progress;
    private final BooleanSupplier stopped;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong iterations = new AtomicLong();
    private final Map<Setting, RunSteps> runs = new ConcurrentHashMap<>();
    private final long total;
    private final Workload part;

    /// @param spec     what to sweep
    /// @param progress is told of finished simulations
    /// @param stopped  true once no further simulation is to be started; finished points are kept
    public Sweep(SweepSpec spec, Progress progress, BooleanSupplier stopped) {
        this.spec = spec;
        this.progress = progress;
        this.stopped = stopped;
        this.part = firstRequests(spec.workload());
        long draws = spec.draws() > 0 ? spec.draws() + 1L : 0;
        long each = 1 + draws + (spec.slo().isEmpty() ? 0 : RateSearch.TYPICAL_SIMULATIONS);
        this.total = Math.max(1, spec.settings().size() * each);
    }

    private static Workload firstRequests(Workload workload) {
        return workload.requests().size() <= DRAW_REQUESTS
                ? workload
                : new Workload(
                        workload.source(),
                        workload.requests().subList(0, DRAW_REQUESTS),
                        workload.maxConcurrency(),
                        workload.assumption());
    }

    /// Steps simulated so far, over all points and draws.
    public long iterations() {
        return iterations.get();
    }

    /// Simulates all points; those of which nothing was simulated before a stop are left out.
    public List<SweepPoint> run() {
        int threads = Math.max(1, Math.min(Runtime.getRuntime().availableProcessors(), spec.settings().size()));
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<Optional<SweepPoint>>> futures = new ArrayList<>();
            for (Setting setting : spec.settings()) {
                Callable<Optional<SweepPoint>> task = () -> stopped.getAsBoolean() ? Optional.empty() : Optional.of(point(setting));
                futures.add(pool.submit(task));
            }
            List<SweepPoint> points = new ArrayList<>();
            for (Future<Optional<SweepPoint>> future : futures) {
                result(future).ifPresent(points::add);
            }
            return NextMeasurement.addTo(points, Map.copyOf(runs), spec.model());
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException fault) {
                throw fault;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private SweepPoint point(Setting setting) {
        OptionalLong capacity = spec.capacity().tokensAt(setting.maxNumBatchedTokens());
        StepTimes best = spec.model().point();
        SimulationResult result = simulate(setting, capacity, spec.workload(), best);
        Support support = spec.model().supportFor(result.visited());
        ServingMetrics metrics = result.metrics();
        runs.put(setting, new RunSteps(result.visited(), metrics.engine().iterations()));
        boolean met = spec.slo().isMet(metrics.values()) && metrics.completed() > 0;
        return new SweepPoint(
                setting,
                capacity,
                support,
                metrics,
                draws(setting, capacity, result),
                maxRequestRate(setting, capacity, best),
                spec.slo().isEmpty() ? Optional.empty() : Optional.of(met));
    }

    private SimulationResult simulate(Setting setting, OptionalLong capacity, Workload workload, StepTimes times) {
        SimulationResult result = spec.simulate(setting, capacity, workload, times);
        iterations.addAndGet(result.metrics().engine().iterations());
        progress.report("simulating", Math.min(total, done.incrementAndGet()), total);
        return result;
    }

    private List<Map<String, Double>> draws(Setting setting, OptionalLong capacity, SimulationResult whole) {
        if (spec.draws() == 0) {
            return List.of();
        }
        Map<String, Double> reference =
                (servesAll() ? whole : simulate(setting, capacity, part, spec.model().point())).metrics().values();
        List<Map<String, Double>> draws = new ArrayList<>();
        for (int i = 0; i < spec.draws() && !stopped.getAsBoolean(); i++) {
            Map<String, Double> values =
                    simulate(setting, capacity, part, spec.model().draw(i, spec.seed())).metrics().values();
            Map<String, Double> factors = new LinkedHashMap<>();
            reference.forEach((key, value) -> factors.put(key, value == 0 ? 1 : values.getOrDefault(key, value) / value));
            draws.add(factors);
        }
        return draws;
    }

    private boolean servesAll() {
        return part.requests().size() == spec.workload().requests().size();
    }

    private OptionalDouble maxRequestRate(Setting setting, OptionalLong capacity, StepTimes times) {
        if (spec.slo().isEmpty()) {
            return OptionalDouble.empty();
        }
        OptionalDouble highest = new RateSearch(
                part,
                scaled -> simulate(setting, capacity, scaled, times).metrics(),
                metrics -> !stopped.getAsBoolean() && spec.slo().isMet(metrics.values()))
                .highest();
        return stopped.getAsBoolean() ? OptionalDouble.empty() : highest;
    }
}
