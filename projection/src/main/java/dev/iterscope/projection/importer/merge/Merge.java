package dev.iterscope.projection.importer.merge;

import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.importer.source.Warnings;
import dev.iterscope.projection.importer.steps.JoinedSteps;
import dev.iterscope.projection.importer.steps.PackedIntervals;
import dev.iterscope.projection.importer.steps.StepsSummary;
import dev.iterscope.projection.importer.timing.ColdSteps;
import dev.iterscope.projection.importer.timing.CoupledRanks;
import dev.iterscope.projection.importer.timing.PausedSteps;
import dev.iterscope.projection.importer.timing.TimingJudge;
import dev.iterscope.projection.importer.timing.TimingJudge.Verdict;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Pause;
import dev.iterscope.projection.recording.PreemptionRecord;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.Timing;
import dev.iterscope.projection.recording.Timing.Basis;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Puts the parts together and judges the whole: whose time a step's is, which steps are special, what the limits seem to be.
public final class Merge {

    /// The token budget is taken as the largest step's tokens if that many steps reached it.
    private static final int BUDGET_REACHED = 2;

    private final List<Placed> parts;
    private final Warnings warnings = new Warnings();
    private final SettingsDraft settings = new SettingsDraft();
    private final Map<Integer, List<Iteration>> steps = new TreeMap<>();
    private final Map<Integer, List<List<Iteration>>> lists = new TreeMap<>();
    private final List<StepsSummary> summaries = new ArrayList<>();
    private final Set<DeviceFacts> devices = new LinkedHashSet<>();
    private final List<RequestRecord> requests = new ArrayList<>();
    private List<Interval> intervals = List.of();
    private final List<KernelRecord> kernels = new ArrayList<>();
    private final List<PreemptionRecord> preemptions = new ArrayList<>();
    private final List<Pause> pauses = new ArrayList<>();

    private Merge(List<Placed> parts) {
        this.parts = parts;
    }

    /// One source.
    public static Recording of(Part part) {
        return new Merge(List.of(Placed.alone(part))).recording();
    }

    /// All sources together.
    public static Recording of(Placement placement) {
        Merge merge = new Merge(placement.placed());
        merge.warnings.addAll(placement.warnings().list());
        long runs = placement.placed().stream().map(Placed::run).distinct().count();
        if (runs > 1) {
            merge.warnings.add("several-runs", "the sources are of " + runs + " runs: their times lie apart or their limits differ;"
                    + " a file for each run keeps the limits of each");
        }
        return merge.recording();
    }

    /// The sources of each run by themselves, in the order in which the runs were named.
    public static List<Recording> runs(Placement placement) {
        return placement.placed().stream().map(Placed::run).distinct()
                .map(run -> of(placement, placement.placed().stream().filter(part -> part.run() == run).toList()))
                .toList();
    }

    private static Recording of(Placement placement, List<Placed> parts) {
        Merge merge = new Merge(parts);
        merge.warnings.addAll(placement.warnings().list());
        return merge.recording();
    }

    private Recording recording() {
        parts.forEach(this::add);
        lists.forEach((engine, each) -> {
            each.sort(Comparator.comparingLong(Part::firstTime));
            steps.put(engine, JoinedSteps.of(each));
        });
        inferBudget();
        deriveCapacity();
        Optional<Timing> known = parts.size() == 1 ? parts.getFirst().part().records().timing() : Optional.empty();
        if (known.isEmpty()) {
            markPaused();
        }
        Timing timing = known.or(this::averaged).orElseGet(this::judge);
        Set<String> kinds = new LinkedHashSet<>();
        parts.forEach(placed -> kinds.add(placed.part().records().originalKind().orElse(placed.part().kind())));
        return new Recording(
                String.join("+", kinds),
                parts.stream().map(Placed::part).flatMap(Merge::files).toList(),
                settings.build(),
                List.copyOf(devices),
                JoinedSteps.of(steps.values()),
                inOrder(requests),
                intervals,
                List.copyOf(kernels),
                List.copyOf(preemptions),
                List.copyOf(pauses),
                timing,
                warnings.list());
    }

    private void add(Placed placed) {
        RecordingBuilder records = placed.part().records();
        settings.addAll(records.settings().build());
        warnings.addAll(records.warnings().list());
        records.settings().contradicted().forEach(this::warnContradicted);
        for (int engine : records.iterations().keySet()) {
            List<Iteration> list = placed.steps(engine);
            if (!list.isEmpty()) {
                lists.computeIfAbsent(list.getFirst().engine(), _ -> new ArrayList<>()).add(list);
                summaries.add(records.summary(engine));
            }
        }
        devices.addAll(records.devices());
        records.requests().forEach(request -> requests.add(placed.moved(request)));
        addIntervals(placed);
        records.kernels().forEach(kernel -> kernels.add(placed.moved(kernel)));
        records.preemptions().forEach(preemption -> preemptions.add(placed.moved(preemption)));
        records.pauses().forEach(pause -> pauses.add(placed.moved(pause)));
    }

    /// There may be millions; those of a single source are not held twice.
    private void addIntervals(Placed placed) {
        List<Interval> own = placed.part().records().intervals();
        if (parts.size() == 1 && placed.isInPlace()) {
            intervals = own;
        } else if (!own.isEmpty()) {
            PackedIntervals all = new PackedIntervals();
            all.addAll(intervals);
            own.forEach(interval -> all.add(placed.moved(interval)));
            intervals = Collections.unmodifiableList(all);
        }
    }

    /// Requests by their arrival, where all say it.
    private static List<RequestRecord> inOrder(List<RequestRecord> requests) {
        return requests.stream().allMatch(request -> request.arrivalNanos().isPresent())
                ? requests.stream().sorted(Comparator.comparingLong(request -> request.arrivalNanos().orElseThrow())).toList()
                : List.copyOf(requests);
    }

    private static Stream<String> files(Part part) {
        return part.records().originalKind().isPresent() ? part.records().originalFiles().stream() : Stream.of(part.file());
    }

    private void warnContradicted(Fact fact) {
        warnings.add(
                "settings-differ-" + fact.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                "the source states different values of " + fact.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                        + "; the last one is used");
    }

    /// Steps of which a source gives the common time of several stay as they are: only their windows can be compared with anything.
    private Optional<Timing> averaged() {
        return parts.stream().map(placed -> placed.part().records().timing()).flatMap(Optional::stream)
                .filter(timing -> timing.basis() == Basis.TIMESTAMPS)
                .findFirst();
    }

    private Timing judge() {
        Basis worst = steps.isEmpty() ? Basis.UNUSABLE : Basis.STEP;
        long explained = 0;
        long wall = 0;
        for (Map.Entry<Integer, List<Iteration>> entry : steps.entrySet()) {
            Verdict verdict = TimingJudge.judge(entry.getValue());
            entry.setValue(verdict.steps());
            worst = verdict.basis().compareTo(worst) > 0 ? verdict.basis() : worst;
            explained += verdict.explainedNanos();
            wall += verdict.wallNanos();
            warn(verdict);
        }
        if (worst == Basis.STEP) {
            long coupled = CoupledRanks.mark(steps);
            warnings.add("coupled-ranks", "steps whose time is another data-parallel rank's; they are left out of fits", coupled);
            ColdSteps.Marked cold = ColdSteps.mark(steps);
            warnings.add("cold-steps", "first steps of their sort that were slower than later ones; they are left out of fits",
                    cold.slower());
            warnings.add("first-steps-alone",
                    "first steps of an engine that no later one of about their size compares with; they are left out of fits",
                    cold.unlike());
        }
        double unchecked = worst == Basis.STEP ? 1 : 0;
        return new Timing(worst, wall == 0 ? unchecked : explained / (double) wall);
    }

    private void warn(Verdict verdict) {
        switch (verdict.basis()) {
            case STEP -> {
                if (!verdict.checked()) {
                    warnings.add("timing-unchecked", "too few timestamps to check the steps' times against");
                }
            }
            case TIMESTAMPS -> warnings.add(
                    "elapsed-is-wait",
                    "the elapsed times are not the steps' own (asynchronous scheduling logs the wait for the result); the spacing of timestamps is used");
            case UNUSABLE -> {
                if (verdict.explainedNanos() == 0) {
                    warnings.add("times-unknown", "the source does not say how long steps took");
                } else {
                    warnings.add(
                            "timing-unusable",
                            "the elapsed times are not the steps' own and there are too few timestamps to tell how long steps took");
                }
            }
        }
    }

    /// Marks steps of which pauses took a noticeable part. Throttling is not placed precisely enough for that.
    private void markPaused() {
        List<Pause> placed = pauses.stream()
                .filter(pause -> !pause.kind().equals("throttle"))
                .sorted(Comparator.comparingLong(Pause::startNanos))
                .toList();
        if (!placed.isEmpty()) {
            steps.replaceAll((_, list) -> PausedSteps.mark(list, placed));
        }
    }

    private void deriveCapacity() {
        boolean judgedBefore = parts.size() == 1 && parts.getFirst().part().records().originalKind().isPresent();
        if (!settings.knows(Fact.KV_BLOCKS) && !judgedBefore) {
            // Every step of a recording may say it where nothing at its begin does.
            steps.values().stream().flatMap(list -> list.stream().limit(1)).map(Iteration::kv)
                    .flatMap(Optional::stream)
                    .mapToLong(kv -> kv.blocksTotal().orElse(0))
                    .max()
                    .ifPresent(blocks -> settings.say(Fact.KV_BLOCKS, blocks));
        }
        Settings known = settings.build();
        if (known.kvCapacityTokens().isEmpty() && known.kvBlocks().isPresent() && known.blockSize().isPresent()) {
            settings.say(Fact.KV_CAPACITY_TOKENS, known.kvBlocks().getAsLong() * known.blockSize().getAsInt());
        }
    }

    /// Logs often lack the token budget; a budget that many steps fill exactly is seen all the same.
    private void inferBudget() {
        if (settings.knows(Fact.MAX_NUM_BATCHED_TOKENS)) {
            return;
        }
        int largest = summaries.stream().mapToInt(StepsSummary::largestContextBatch).max().orElse(0);
        int reached = summaries.stream().filter(each -> each.largestContextBatch() == largest).mapToInt(StepsSummary::timesReached).sum();
        if (largest > 0 && reached >= BUDGET_REACHED) {
            settings.say(Fact.MAX_NUM_BATCHED_TOKENS, largest);
            warnings.add(
                    "token-budget-inferred",
                    "the source does not state max-num-batched-tokens; " + largest + " is taken, which the largest steps reach exactly");
        }
    }
}
