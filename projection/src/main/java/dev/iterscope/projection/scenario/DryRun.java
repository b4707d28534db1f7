package dev.iterscope.projection.scenario;

import dev.iterscope.engine.schedule.Admission;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// Runs a scenario through the scheduler without a model or a clock. In step s: arrivals and aborts of s, then plan, then the outcome
/// of the oldest step is taken in when as many are in flight as the scenario allows.
public final class DryRun {
    private final Scenario scenario;
    private final Scheduler scheduler;
    private final Consumer<StepLine> lines;
    private final BiConsumer<String, String> rejections;
    private final Map<String, ScriptedOutcome.Script> scripts = new HashMap<>();
    private final ArrayDeque<StepPlan> inFlight = new ArrayDeque<>();
    private final List<ScenarioRequest> arrivals;
    private final List<ScenarioRequest> aborts;
    private int nextArrival;
    private int nextAbort;

    /// A run of a scenario.
    ///
    /// @param lines      is given each step in which something is scheduled or in flight
    /// @param rejections is given the id and the reason of each request that can never run
    public DryRun(Scenario scenario, Consumer<StepLine> lines, BiConsumer<String, String> rejections) {
        this.scenario = scenario;
        this.scheduler = new Scheduler(scenario.scheduler(), scenario.kv());
        this.lines = lines;
        this.rejections = rejections;
        this.arrivals = scenario.requests().stream()
                .sorted(Comparator.comparingLong(ScenarioRequest::arrivalStep))
                .toList();
        this.aborts = scenario.requests().stream()
                .filter(request -> request.abortStep().isPresent())
                .sorted(Comparator.comparingLong(request -> request.abortStep().getAsLong()))
                .toList();
        for (ScenarioRequest request : scenario.requests()) {
            scripts.put(request.request().id(), new ScriptedOutcome.Script(request));
        }
    }

    /// Runs to the end: nothing left to do, or the last step.
    ///
    /// @return requests that are left unfinished
    public int run() {
        long step = 1;
        while (step <= scenario.maxSteps()) {
            if (step(step)) {
                step++;
            } else if (nextArrival < arrivals.size()) {
                step = Math.max(step + 1, arrivals.get(nextArrival).arrivalStep());
            } else {
                break;
            }
        }
        return scheduler.unfinished() + arrivals.size() - nextArrival;
    }

    /// @return false when nothing is left to do before the next arrival
    private boolean step(long step) {
        arriveAndAbort(step);
        StepPlan plan = scheduler.plan(scenario.throttledSteps().contains(step));
        boolean busy = !plan.isEmpty() || !inFlight.isEmpty();
        if (!busy) {
            return !plan.preemptions().isEmpty();
        }
        List<String> running = ids(scheduler.running());
        List<String> waiting = ids(scheduler.waiting());
        inFlight.add(plan);
        List<String> finished = new ArrayList<>();
        if (inFlight.size() >= scenario.maxConcurrentBatches()) {
            StepPlan oldest = inFlight.remove();
            finished.addAll(ids(scheduler.complete(oldest, new ScriptedOutcome(oldest, this::script))));
        }
        lines.accept(new StepLine(step, plan, finished, running, waiting));
        dropEmptyTail();
        return true;
    }

    /// Empty plans keep their place in the order of steps, but alone they are nothing to wait for.
    private void dropEmptyTail() {
        if (inFlight.stream().allMatch(StepPlan::isEmpty)) {
            inFlight.clear();
        }
    }

    private void arriveAndAbort(long step) {
        while (nextArrival < arrivals.size() && arrivals.get(nextArrival).arrivalStep() <= step) {
            ScenarioRequest arriving = arrivals.get(nextArrival++);
            if (scheduler.add(arriving.request()) instanceof Admission.Rejected rejected) {
                rejections.accept(arriving.request().id(), rejected.reason());
            }
        }
        while (nextAbort < aborts.size() && aborts.get(nextAbort).abortStep().orElseThrow() <= step) {
            scheduler.abort(aborts.get(nextAbort++).request().id());
        }
    }

    private ScriptedOutcome.Script script(String id) {
        ScriptedOutcome.Script script = scripts.get(id);
        if (script == null) {
            throw new IllegalStateException("no request " + id);
        }
        return script;
    }

    private static List<String> ids(List<Sequence> sequences) {
        return sequences.stream().map(sequence -> sequence.request().id()).toList();
    }
}
