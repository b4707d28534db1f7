package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.Warnings;
import dev.iterscope.projection.importer.trace.StepRanges.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Finds out which processes and threads of a trace are one engine.
///
/// Threads of a process that never execute at the same time are one engine whose thread changed; those that do are engines of their own.
/// Processes that show the same steps at the same time are the tensor-parallel ranks of one engine; the others are data-parallel ranks.
final class EngineStreams {

    /// Share of steps that must agree. Captures begin and end in the middle of steps, so a step more or less is no difference.
    private static final double ALIKE = 0.9;
    private static final int MOST_SHIFT = 1;

    private final List<Stream> engines = new ArrayList<>();
    private long ranks;

    /// The steps of one engine in one process, or of one of its ranks.
    ///
    /// @param process the process
    /// @param ranges  the steps in order of time
    record Stream(long process, List<StepRange> ranges) {

        private long start() {
            return ranges.getFirst().start;
        }

        private boolean overlaps(List<StepRange> others) {
            int at = 0;
            for (StepRange range : ranges) {
                while (at < others.size() && others.get(at).end <= range.start) {
                    at++;
                }
                if (at < others.size() && others.get(at).start < range.end) {
                    return true;
                }
            }
            return false;
        }
    }

    /// A rank's step and the engine's step that it is part of.
    interface Joiner {
        /// Shows a step.
        ///
        /// @param engine number of the engine
        /// @param index  place of the step among the engine's
        void step(int engine, int index, StepRange range);
    }

    /// Shows every step with its engine.
    void assign(Map<Place, List<StepRange>> byPlace, Warnings warnings, Joiner joiner) {
        List<Stream> streams = streams(byPlace);
        streams.sort(Comparator.comparingLong(Stream::start));
        for (Stream stream : streams) {
            int engine = 0;
            int shift = 0;
            boolean rank = false;
            while (engine < engines.size() && !rank) {
                shift = shiftOf(engines.get(engine), stream);
                rank = shift <= MOST_SHIFT;
                engine += rank ? 0 : 1;
            }
            if (rank) {
                ranks++;
            } else {
                engines.add(stream);
                shift = 0;
            }
            show(stream, engine, shift, joiner);
        }
        warnings.add("ranks-taken-as-one", "processes that show the same steps as another are taken as its tensor-parallel ranks", ranks);
    }

    private static void show(Stream stream, int engine, int shift, Joiner joiner) {
        for (int i = 0; i < stream.ranges().size(); i++) {
            if (i + shift >= 0) {
                joiner.step(engine, i + shift, stream.ranges().get(i));
            }
        }
    }

    private static List<Stream> streams(Map<Place, List<StepRange>> byPlace) {
        List<Stream> streams = new ArrayList<>();
        byPlace.forEach((place, ranges) -> {
            for (Stream stream : streams) {
                if (stream.process() == place.process() && !stream.overlaps(ranges)) {
                    stream.ranges().addAll(ranges);
                    stream.ranges().sort(Comparator.comparingLong(range -> range.start));
                    return;
                }
            }
            streams.add(new Stream(place.process(), new ArrayList<>(ranges)));
        });
        return streams;
    }

    /// By how many steps a stream is ahead of the engine whose rank it is; more than [#MOST_SHIFT] if it is none of its ranks.
    private static int shiftOf(Stream engine, Stream stream) {
        boolean sameProcess = engine.process() == stream.process();
        if (sameProcess || !engine.overlaps(stream.ranges())) {
            return MOST_SHIFT + 1;
        }
        int longer = Math.max(engine.ranges().size(), stream.ranges().size());
        for (int shift : new int[] {0, 1, -1}) {
            int alike = 0;
            for (int i = Math.max(0, -shift); i < stream.ranges().size() && i + shift < engine.ranges().size(); i++) {
                alike += stream.ranges().get(i).sameWork(engine.ranges().get(i + shift)) ? 1 : 0;
            }
            if (alike > 0 && alike >= ALIKE * (longer - Math.abs(shift))) {
                return shift;
            }
        }
        return MOST_SHIFT + 1;
    }
}
