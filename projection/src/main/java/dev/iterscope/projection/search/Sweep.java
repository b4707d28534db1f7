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
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Simulates every point of a sweep: its best estimate, its draws, and the highest request rate that meets the objective.
///
/// Every setting gets the same first draws. The settings that can still win then get more, until the [Contest] is settled or has cost as
/// much as the first draws did. Draws share their random numbers over the points, so that what is common to all cancels in
/// comparisons. They serve at most [#DRAW_REQUESTS] requests from the start of the workload; each result is kept as a factor on the best
/// estimate for the same requests. Points are simulated in parallel; the answer does not depend on how many threads there are.
public final class Sweep {
    /// Requests that draws and the search for the highest rate serve at most.
    public static final int DRAW_REQUESTS = 2000;
    /// Steps that settling a contest may always take: a second or two.
    private static final long FREE_STEPS = 1_000_000;

    private final SweepSpec spec;
    private final Progress progress;
    private final BooleanSupplier stopped;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong iterations = new AtomicLong();
    private final Map<Setting, RunSteps> runs = new ConcurrentHashMap<>();
    /// The best estimate for the requests that draws serve.
    private final Map<Setting, Map<String, Double>> references = new ConcurrentHashMap<>();
    private final AtomicLong total = new AtomicLong();
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
        total.set(Math.max(1, spec.settings().size() * each));
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
            List<Callable<Optional<SweepPoint>>> tasks = new ArrayList<>();
            for (Setting setting : spec.settings()) {
                tasks.add(() -> stopped.getAsBoolean() ? Optional.empty() : Optional.of(point(setting)));
            }
            List<SweepPoint> points = all(pool, tasks).stream().flatMap(Optional::stream).toList();
            return NextMeasurement.addTo(spec.draws() > 0 ? settled(pool, points) : points, Map.copyOf(runs), spec.model());
        }
    }

    /// Draws again where that can change the answer.
    private List<SweepPoint> settled(ExecutorService pool, List<SweepPoint> points) {
        Contest contest = new Contest(spec.rule(), spec.draws());
        long allowance = Math.max(iterations.get(), FREE_STEPS);
        List<SweepPoint> drawn = repeat(pool, points, contest::probabilities, iterations.get() + allowance / 2);
        return repeat(pool, drawn, contest::comparisons, iterations.get() + allowance / 2);
    }

    private List<SweepPoint> repeat(
            ExecutorService pool, List<SweepPoint> points, Function<List<SweepPoint>, List<Contest.Need>> needs, long until) {
        List<SweepPoint> drawn = points;
        while (!stopped.getAsBoolean() && iterations.get() < until) {
            List<Contest.Need> open = needs.apply(drawn);
            if (open.isEmpty()) {
                break;
            }
            drawn = drawn(pool, drawn, open);
        }
        return drawn;
    }

    private List<SweepPoint> drawn(ExecutorService pool, List<SweepPoint> points, List<Contest.Need> needs) {
        List<Callable<SweepPoint>> tasks = new ArrayList<>();
        for (SweepPoint point : points) {
            UnaryOperator<SweepPoint> change = UnaryOperator.identity();
            for (Contest.Need need : needs) {
                if (need.setting().equals(point.setting())) {
                    UnaryOperator<SweepPoint> before = change;
                    change = subject -> drawn(before.apply(subject), need);
                    total.addAndGet(expected(point, need));
                }
            }
            UnaryOperator<SweepPoint> all = change;
            tasks.add(() -> all.apply(point));
        }
        return all(pool, tasks);
    }

    private static long expected(SweepPoint point, Contest.Need need) {
        return switch (need) {
            case Contest.Need.Draws draws -> Math.max(0, draws.until() - point.draws().size());
            case Contest.Need.Rates rates -> (long) RateSearch.TYPICAL_NEARBY * Math.max(0, rates.until() - point.rateDraws().size());
        };
    }

    private SweepPoint drawn(SweepPoint point, Contest.Need need) {
        return switch (need) {
            case Contest.Need.Draws draws -> withDraws(point, draws.until());
            case Contest.Need.Rates rates -> withRates(withDraws(point, rates.until()), rates.until());
        };
    }

    private static <T> List<T> all(ExecutorService pool, List<Callable<T>> tasks) {
        List<Future<T>> futures = tasks.stream().map(pool::submit).toList();
        List<T> results = new ArrayList<>();
        futures.forEach(future -> results.add(result(future)));
        return results;
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
        OptionalLong capacity = capacityOf(setting);
        StepTimes best = spec.model().point();
        SimulationResult result = simulate(setting, capacity, spec.workload(), best);
        Support support = spec.model().supportFor(result.visited());
        ServingMetrics metrics = result.metrics();
        runs.put(setting, new RunSteps(result.visited(), metrics.engine().iterations()));
        boolean met = spec.slo().isMet(metrics.values()) && metrics.completed() > 0;
        if (servesAll()) {
            references.put(setting, metrics.values());
        }
        SweepPoint point = new SweepPoint(
                setting,
                capacity,
                support,
                metrics,
                maxRequestRate(setting, capacity, best, met),
                spec.slo().isEmpty() ? Optional.empty() : Optional.of(met));
        return withDraws(point, spec.draws());
    }

    private OptionalLong capacityOf(Setting setting) {
        return spec.capacity().tokensAt(setting.maxNumBatchedTokens());
    }

    private SimulationResult simulate(Setting setting, OptionalLong capacity, Workload workload, StepTimes times) {
        SimulationResult result = spec.simulate(setting, capacity, workload, times);
        iterations.addAndGet(result.metrics().engine().iterations());
        progress.report("simulating", Math.min(total.get(), done.incrementAndGet()), total.get());
        return result;
    }

    private SweepPoint withDraws(SweepPoint point, int until) {
        if (until <= point.draws().size()) {
            return point;
        }
        Setting setting = point.setting();
        OptionalLong capacity = point.kvCapacityTokens();
        Map<String, Double> reference = references.computeIfAbsent(
                setting, absent -> simulate(absent, capacity, part, spec.model().point()).metrics().values());
        List<Map<String, Double>> draws = new ArrayList<>(point.draws());
        for (int i = draws.size(); i < until && !stopped.getAsBoolean(); i++) {
            Map<String, Double> values = simulate(setting, capacity, part, draw(i)).metrics().values();
            Map<String, Double> factors = new LinkedHashMap<>();
            reference.forEach((key, value) -> factors.put(key, value == 0 ? 1 : values.getOrDefault(key, value) / value));
            draws.add(factors);
        }
        return point.withDraws(draws, spec.slo());
    }

    private StepTimes draw(int index) {
        return spec.model().draw(index, spec.stream());
    }

    private SweepPoint withRates(SweepPoint point, int until) {
        OptionalDouble best = point.maxRequestRate();
        if (best.isEmpty()) {
            return point;
        }
        List<Double> rates = new ArrayList<>(point.rateDraws());
        for (int i = rates.size(); i < Math.min(until, point.draws().size()) && !stopped.getAsBoolean(); i++) {
            RateSearch search = rateSearch(point.setting(), point.kvCapacityTokens(), draw(i));
            rates.add(search.near(best.getAsDouble(), spec.slo().isMet(point.drawn(i))).orElse(0));
        }
        return point.withRates(rates);
    }

    private boolean servesAll() {
        return part.requests().size() == spec.workload().requests().size();
    }

    private RateSearch rateSearch(Setting setting, OptionalLong capacity, StepTimes times) {
        return new RateSearch(
                part,
                scaled -> simulate(setting, capacity, scaled, times).metrics(),
                metrics -> !stopped.getAsBoolean() && spec.slo().isMet(metrics.values()));
    }

    private OptionalDouble maxRequestRate(Setting setting, OptionalLong capacity, StepTimes times, boolean met) {
        if (spec.slo().isEmpty()) {
            return OptionalDouble.empty();
        }
        OptionalDouble highest = rateSearch(setting, capacity, times).highest(met);
        if (stopped.getAsBoolean()) {
            return OptionalDouble.empty();
        }
        // Draws serve a part of the workload, whose own rate may be another.
        OptionalDouble own = RateSearch.rateOf(spec.workload());
        return met && own.isPresent() ? OptionalDouble.of(Math.max(own.getAsDouble(), highest.orElse(0))) : highest;
    }
}
