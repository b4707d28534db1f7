package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.importer.kernels.KernelNames;
import dev.iterscope.projection.importer.kernels.KernelShares;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.Warnings;
import dev.iterscope.projection.importer.trace.StepRanges.Place;
import dev.iterscope.projection.recording.KernelKind;
import dev.iterscope.projection.recording.KernelRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Makes steps and kernels of what a profiler recorded, in three rounds: first the ranges and marks of the host's threads, then the calls
/// that launched work, then the work of the devices.
///
/// Work belongs to the step in whose range the thread was that launched it; work and call share a correlation number, which is unique within
/// a process. All times are nanoseconds on the trace's clock; `shift` puts them on the recording's.
public final class TraceAssembly {

    private final KernelKinds kinds;
    private final RecordingBuilder into;
    private final long shift;
    private final StepRanges ranges = new StepRanges();
    private final Map<Place, NestedRanges> layers = new HashMap<>();
    private final Map<Place, NestedRanges> stepsAt = new HashMap<>();
    private final List<EngineStep> steps = new ArrayList<>();
    private final Launches launches = new Launches();
    private final KernelShares shares = new KernelShares();
    private final Map<String, String> shortNames = new HashMap<>();
    private boolean sealed;
    private long unlaunched;
    private long outside;
    private long works;

    /// An assembly with nothing in it.
    ///
    /// @param kinds what kernels do
    /// @param into  where steps and kernels go
    /// @param shift what is added to times
    public TraceAssembly(KernelKinds kinds, RecordingBuilder into, long shift) {
        this.kinds = kinds;
        this.into = into;
        this.shift = shift;
    }

    /// A range of a thread.
    ///
    /// @param end    not before the start
    /// @param number the step's number that the range carries, or -1
    public void range(long process, long thread, long start, long end, String text, long number) {
        Place place = new Place(process, thread);
        if (!ranges.add(place, start, end, text, number)) {
            int layer = LayerNames.layerOf(text);
            if (layer >= 0) {
                layers.computeIfAbsent(place, _ -> new NestedRanges()).add(start, end, layer);
            }
        }
    }

    /// A range that is bound to a process but to no thread of it.
    public void processRange(long process, long start, long end, String text, long number) {
        ranges.add(Place.of(process), start, end, text, number);
    }

    /// A moment of a thread with a text.
    public void mark(long process, long thread, long time, String text) {
        ranges.mark(new Place(process, thread), time, text);
    }

    /// Ends the first round.
    public void ranged() {
        sealed = true;
        Map<Long, Integer> stepsOf = new HashMap<>();
        List<List<EngineStep>> engines = new ArrayList<>();
        new EngineStreams().assign(ranges.outermost(), into.warnings(), (engine, index, range) -> {
            if (engine == engines.size()) {
                engines.add(new ArrayList<>());
            }
            List<EngineStep> list = engines.get(engine);
            if (index == list.size()) {
                long own = range.draft().number();
                list.add(new EngineStep(engine, own < 0 ? index : own, range));
                stepsOf.put((long) engine << 32 | index, steps.size());
                steps.add(list.getLast());
            } else if (index < list.size()) {
                list.get(index).join(range);
            } else {
                return;
            }
            int place = stepsOf.getOrDefault((long) engine << 32 | index, NestedRanges.NONE);
            stepsAt.computeIfAbsent(range.place, _ -> new NestedRanges()).add(range.start, range.end, place);
        });
        into.warnings().add(
                "step-undivided",
                "steps whose annotation does not tell context from generation tokens were left out",
                ranges.undivided());
    }

    /// A call that may have launched work.
    ///
    /// @param graph whether it launched a graph of kernels
    public void launch(long process, long thread, long time, long correlation, boolean graph) {
        if (!sealed) {
            throw new IllegalStateException("ranges come first");
        }
        Place place = new Place(process, thread);
        int step = at(stepsAt.get(place), time);
        if (step == NestedRanges.NONE) {
            step = at(stepsAt.get(place.anyThread()), time);
        }
        if (step != NestedRanges.NONE) {
            steps.get(step).launched(graph);
        }
        launches.add(process, correlation, time, step, at(layers.get(place), time));
    }

    /// A kernel that ran.
    public void kernel(DeviceWork work) {
        work(work, null);
    }

    /// A copy or set of memory.
    public void copy(DeviceWork work) {
        work(work, KernelKind.COPY);
    }

    /// A graph of kernels that the trace does not show one by one.
    public void hiddenGraph(DeviceWork work) {
        work(work, KernelKind.GRAPH);
    }

    /// Hands over the steps.
    public void finish() {
        new StepTimes(into, shift).add(steps);
        Warnings warnings = into.warnings();
        warnings.add("kernels-without-launch",
                "kernels and copies whose launching call the trace does not hold; their step is not known", unlaunched);
        if (!steps.isEmpty()) {
            warnings.add("kernels-outside-steps", "kernels and copies that were launched outside every step's range", outside);
        }
        shares.report(warnings);
    }

    /// Steps that the trace shows.
    public int steps() {
        return steps.size();
    }

    /// Steps with graphs whose kernels the trace does not show.
    public long stepsWithHiddenKernels() {
        return steps.stream().filter(EngineStep::hidesKernels).count();
    }

    /// Kernels, copies and graphs that the trace shows.
    public long works() {
        return works;
    }

    private void work(DeviceWork work, @Nullable KernelKind known) {
        works++;
        int launch = launches.find(work.process(), work.correlation());
        int place = launch == LaunchIndex.NONE ? NestedRanges.NONE : launches.step(launch);
        EngineStep step = place == NestedRanges.NONE ? null : steps.get(place);
        if (launch == LaunchIndex.NONE) {
            unlaunched++;
        } else if (step == null) {
            outside++;
        } else {
            step.worked(launches.time(launch), work.start(), work.end(), known == KernelKind.GRAPH);
        }
        KernelKind kind = known == null ? kinds.of(work.name(), step == null || step.hasContextWork()) : known;
        String name = shortNames.computeIfAbsent(work.name(), KernelNames::shortened);
        shares.add(name, kind, work.end() - work.start());
        int layer = launch == LaunchIndex.NONE ? NestedRanges.NONE : launches.layer(launch);
        into.add(new KernelRecord(
                name,
                kind,
                step == null ? 0 : step.engine,
                step == null ? OptionalLong.empty() : OptionalLong.of(step.number),
                layer == NestedRanges.NONE ? OptionalInt.empty() : OptionalInt.of(layer),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalDouble.empty(),
                work.bytes(),
                OptionalInt.of(work.device()),
                OptionalLong.of(work.stream()),
                OptionalLong.of(work.start() + shift),
                work.end() - work.start()));
    }

    private static int at(@Nullable NestedRanges ranges, long time) {
        return ranges == null ? NestedRanges.NONE : ranges.at(time);
    }
}
