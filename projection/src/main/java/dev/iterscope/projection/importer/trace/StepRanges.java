package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.trace.StepLabels.Form;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The ranges of a trace that are steps, by thread. A step's range may hold others that name it too, such as our engine's two domains: the
/// outermost is the step, and the label that says most counts.
final class StepRanges {

    /// Names of our engine's ranges that group steps; what the step did stands in a mark inside.
    private static final Set<String> KINDS = Set.of("context", "generation", "mixed");

    private final StepLabels labels = new StepLabels();
    private final Map<Place, List<StepRange>> ranges = new LinkedHashMap<>();
    private final Map<Place, List<StepMark>> marks = new LinkedHashMap<>();
    private IterationDraft draft = new IterationDraft();
    private long undivided;

    /// Where ranges nest: a thread, or a process for ranges that are bound to no thread.
    record Place(long process, long thread) {

        private static final long NO_THREAD = Long.MIN_VALUE;

        static Place of(long process) {
            return new Place(process, NO_THREAD);
        }

        Place anyThread() {
            return of(process);
        }
    }

    /// A mark that says what the step around it does.
    private record StepMark(long time, IterationDraft draft) {}

    /// Looks at a range.
    ///
    /// @param number the step's number that the range carries, or -1
    /// @return whether it is a step's
    boolean add(Place place, long start, long end, String text, long number) {
        Form form = labels.read(text, draft);
        if (form == Form.SGLANG_UNDIVIDED) {
            undivided++;
            return false;
        }
        if (form == Form.NONE && !KINDS.contains(text)) {
            return false;
        }
        draft.number(number);
        ranges.computeIfAbsent(place, _ -> new ArrayList<>()).add(new StepRange(place, start, end, draft, form));
        draft = new IterationDraft();
        return true;
    }

    /// Looks at a mark.
    void mark(Place place, long time, String text) {
        if (labels.read(text, draft) == Form.ITERSCOPE) {
            marks.computeIfAbsent(place, _ -> new ArrayList<>()).add(new StepMark(time, draft));
            draft = new IterationDraft();
        }
    }

    /// Steps whose tokens were not told apart by phase and that were left out.
    long undivided() {
        return undivided;
    }

    /// The steps of each place, in order of time.
    Map<Place, List<StepRange>> outermost() {
        Map<Place, List<StepRange>> found = new LinkedHashMap<>();
        ranges.forEach((place, list) -> found.put(place, outermost(list)));
        marks.forEach((place, list) -> list.forEach(mark -> {
            List<StepRange> ofThread = found.getOrDefault(place, List.of());
            List<StepRange> ofProcess = found.getOrDefault(place.anyThread(), List.of());
            if (!absorb(ofThread, mark)) {
                absorb(ofProcess, mark);
            }
        }));
        found.values().forEach(list -> list.removeIf(range -> !range.isLabelled()));
        found.values().removeIf(List::isEmpty);
        return found;
    }

    private static List<StepRange> outermost(List<StepRange> ranges) {
        ranges.sort(Comparator.<StepRange>comparingLong(range -> range.start).thenComparingLong(range -> -range.end));
        List<StepRange> outer = new ArrayList<>();
        for (StepRange range : ranges) {
            if (!outer.isEmpty() && range.start < outer.getLast().end) {
                outer.getLast().absorb(range.draft(), range.form());
            } else {
                outer.add(range);
            }
        }
        return outer;
    }

    private static boolean absorb(List<StepRange> steps, StepMark mark) {
        int low = 0;
        int high = steps.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (steps.get(middle).start <= mark.time) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        if (steps.isEmpty() || !steps.get(low).contains(mark.time)) {
            return false;
        }
        steps.get(low).absorb(mark.draft, Form.ITERSCOPE);
        return true;
    }
}
