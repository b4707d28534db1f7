package dev.iterscope.projection.importer.source;

import dev.iterscope.projection.importer.steps.PackedIntervals;
import dev.iterscope.projection.importer.steps.PackedSteps;
import dev.iterscope.projection.importer.steps.StepsSummary;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Pause;
import dev.iterscope.projection.recording.PreemptionRecord;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Timing;
import java.time.MonthDay;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Collects what an importer finds in one source. Iterations may come in any order of engines; each engine's order is kept.
public final class RecordingBuilder {

    private final SettingsDraft settings = new SettingsDraft();
    private final Warnings warnings = new Warnings();
    private final Map<Integer, PackedSteps> iterations = new TreeMap<>();
    private final List<RequestRecord> requests = new ArrayList<>();
    private final List<Interval> intervals = new PackedIntervals();
    private final List<KernelRecord> kernels = new ArrayList<>();
    private final List<PreemptionRecord> preemptions = new ArrayList<>();
    private final List<Pause> pauses = new ArrayList<>();
    private final Set<DeviceFacts> devices = new LinkedHashSet<>();
    private ClockOrigin clock = ClockOrigin.UNKNOWN;
    private @Nullable MonthDay day;
    private OptionalLong startedAbout = OptionalLong.empty();
    private @Nullable String originalKind;
    private List<String> originalFiles = List.of();
    private @Nullable Timing timing;

    /// What the source's clock counts from.
    public enum ClockOrigin {
        /// Nothing in the source has a time.
        UNKNOWN,
        /// The source's first event, or something else that only the source knows.
        OWN,
        /// Midnight of a day whose year is not known: [RecordingBuilder#day()].
        DAY,
        /// The Unix epoch, if the local times of a log are taken as UTC.
        LOCAL,
        /// The Unix epoch.
        EPOCH
    }

    /// What is known of the settings.
    public SettingsDraft settings() {
        return settings;
    }

    /// What a reader should know.
    public Warnings warnings() {
        return warnings;
    }

    /// Says what the times count from.
    public void clock(ClockOrigin origin) {
        clock = origin;
    }

    /// Says that times count from the midnight of a day whose year is not known.
    public void clockFrom(MonthDay origin) {
        clock = ClockOrigin.DAY;
        day = origin;
    }

    /// What the times count from.
    public ClockOrigin clock() {
        return clock;
    }

    /// The day from whose midnight times count, on a [ClockOrigin#DAY] clock.
    public Optional<MonthDay> day() {
        return Optional.ofNullable(day);
    }

    /// Says about when time 0 of an [ClockOrigin#OWN] clock was, since the epoch, local time taken as UTC.
    public void startedAbout(long nanos) {
        startedAbout = OptionalLong.of(nanos);
    }

    /// About when time 0 was, if the source says it.
    public OptionalLong startedAbout() {
        return startedAbout;
    }

    /// Adds a step.
    public void add(Iteration iteration) {
        iterations.computeIfAbsent(iteration.engine(), _ -> new PackedSteps()).append(iteration);
    }

    /// Adds a request.
    public void add(RequestRecord request) {
        requests.add(request);
    }

    /// Adds averages over a span.
    public void add(Interval interval) {
        intervals.add(interval);
    }

    /// Adds a kernel execution.
    public void add(KernelRecord kernel) {
        kernels.add(kernel);
    }

    /// Adds a preemption.
    public void add(PreemptionRecord preemption) {
        preemptions.add(preemption);
    }

    /// Adds a pause of the process.
    public void add(Pause pause) {
        pauses.add(pause);
    }

    /// Adds a device; the same one twice counts once.
    public void add(DeviceFacts device) {
        devices.add(device);
    }

    /// The steps of each engine so far.
    public Map<Integer, List<Iteration>> iterations() {
        return Collections.unmodifiableMap(iterations);
    }

    /// What the steps of an engine are together; the engine must have some.
    public StepsSummary summary(int engine) {
        return Objects.requireNonNull(iterations.get(engine)).summary();
    }

    /// The requests so far.
    public List<RequestRecord> requests() {
        return Collections.unmodifiableList(requests);
    }

    /// The averages so far.
    public List<Interval> intervals() {
        return Collections.unmodifiableList(intervals);
    }

    /// The kernel executions so far.
    public List<KernelRecord> kernels() {
        return Collections.unmodifiableList(kernels);
    }

    /// The preemptions so far.
    public List<PreemptionRecord> preemptions() {
        return Collections.unmodifiableList(preemptions);
    }

    /// The pauses so far.
    public List<Pause> pauses() {
        return Collections.unmodifiableList(pauses);
    }

    /// The devices so far.
    public List<DeviceFacts> devices() {
        return List.copyOf(devices);
    }

    /// Says that the source is itself the import of other sources.
    public void importedFrom(String kind, List<String> files) {
        originalKind = kind;
        originalFiles = List.copyOf(files);
    }

    /// The kind that an imported recording was imported from.
    public Optional<String> originalKind() {
        return Optional.ofNullable(originalKind);
    }

    /// The files that an imported recording was imported from.
    public List<String> originalFiles() {
        return originalFiles;
    }

    /// Says how far the times can be trusted, which was found out when the source was imported.
    public void timing(Timing judged) {
        timing = judged;
    }

    /// How far the times can be trusted, if that was found out before.
    public Optional<Timing> timing() {
        return Optional.ofNullable(timing);
    }

    /// The first time that a step, request or average has, if any has one.
    public OptionalLong firstNanos() {
        return LongStream.of(
                iterations.values().stream().mapToLong(steps -> steps.summary().firstNanos().orElse(Long.MAX_VALUE)).min()
                        .orElse(Long.MAX_VALUE),
                requests.stream().mapToLong(request -> request.arrivalNanos().orElse(Long.MAX_VALUE)).min().orElse(Long.MAX_VALUE),
                intervals.stream().mapToLong(interval -> interval.endNanos().orElse(Long.MAX_VALUE)).min().orElse(Long.MAX_VALUE),
                kernels.stream().mapToLong(kernel -> kernel.startNanos().orElse(Long.MAX_VALUE)).min().orElse(Long.MAX_VALUE))
                .filter(time -> time != Long.MAX_VALUE)
                .min();
    }

    /// Brings each engine's steps into the order of their ends, where all have one: a flight recording holds them as threads happened
    /// to hand over their buffers.
    public void sortStepsByTime() {
        iterations.replaceAll((_, steps) -> steps.sortedByEnd());
    }

    /// Whether the source held nothing that a recording consists of.
    public boolean isEmpty() {
        return iterations.isEmpty() && requests.isEmpty() && intervals.isEmpty() && kernels.isEmpty();
    }
}
