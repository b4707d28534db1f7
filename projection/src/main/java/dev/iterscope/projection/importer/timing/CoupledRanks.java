package dev.iterscope.projection.importer.timing;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Recognises data-parallel ranks that wait for each other in every step, as expert parallelism makes them.
///
/// Such a rank's time is that of the busiest rank: a step of 16 generation tokens shows 2346 ms because the other rank computed a
/// prompt of 38,467 tokens. Steps are paired by the end of their time, not by their number, since numbers may lag by one. In each pair
/// the step with more work keeps its time; the others are marked and left out of fits.
public final class CoupledRanks {

    /// Times of paired steps of coupled ranks differ by less than this share.
    private static final double SAME_TIME = 0.1;
    /// From this ratio of their work on, equal times prove that one rank waited for the other.
    private static final int DIFFERENT_WORK = 4;
    /// Once that is proved, a step with less than this share of the other's work has the other's time.
    private static final double LESS_WORK = 0.9;
    private static final int LEAST_PAIRS = 2;
    /// Ends in a log have a resolution of 1 s.
    private static final long LATEST_NANOS = 1_000_000_000L;
    /// A partner is looked for among this many steps around the expected one.
    private static final int WINDOW = 4;

    private CoupledRanks() {}

    /// The same steps, those that waited for another rank marked. Changes the map in place.
    ///
    /// @return how many steps were marked
    public static long mark(Map<Integer, List<Iteration>> byEngine) {
        List<Integer> engines = List.copyOf(byEngine.keySet());
        Map<Integer, BitSet> waiting = new TreeMap<>();
        for (int a = 0; a < engines.size(); a++) {
            for (int b = a + 1; b < engines.size() && engines.size() <= 64; b++) {
                pair(engines.get(a), engines.get(b), byEngine, waiting);
            }
        }
        waiting.forEach((engine, places) -> byEngine.computeIfPresent(engine, (_, steps) -> MarkedSteps.of(steps, places, Mark.COUPLED)));
        return waiting.values().stream().mapToLong(BitSet::cardinality).sum();
    }

    private static void pair(int a, int b, Map<Integer, List<Iteration>> byEngine, Map<Integer, BitSet> waiting) {
        List<Iteration> first = byEngine.getOrDefault(a, List.of());
        List<Iteration> second = byEngine.getOrDefault(b, List.of());
        BitSet firstWaits = new BitSet();
        BitSet secondWaits = new BitSet();
        long telling = 0;
        long same = 0;
        int j = 0;
        for (int i = 0; i < first.size(); i++) {
            Iteration step = first.get(i);
            if (step.elapsedNanos().isEmpty() || step.endNanos().isEmpty()) {
                continue;
            }
            int partner = partnerOf(step, second, j);
            if (partner < 0) {
                j = advance(step, second, j);
                continue;
            }
            j = partner + 1;
            Iteration other = second.get(partner);
            long work = work(step);
            long otherWork = work(other);
            boolean sameTime = sameTime(step, other);
            if (Math.max(work, otherWork) >= DIFFERENT_WORK * Math.max(1, Math.min(work, otherWork))) {
                telling++;
                same += sameTime ? 1 : 0;
            }
            if (sameTime && work < LESS_WORK * otherWork) {
                firstWaits.set(i);
            } else if (sameTime && otherWork < LESS_WORK * work) {
                secondWaits.set(partner);
            }
        }
        if (same >= LEAST_PAIRS && same * 2 > telling) {
            waiting.computeIfAbsent(a, _ -> new BitSet()).or(firstWaits);
            waiting.computeIfAbsent(b, _ -> new BitSet()).or(secondWaits);
        }
    }

    /// The step of the other rank that ended with this one: within the resolution of the clock, the one with the closest time.
    private static int partnerOf(Iteration step, List<Iteration> others, int from) {
        int best = -1;
        long bestDifference = Long.MAX_VALUE;
        int start = advance(step, others, from);
        for (int k = start; k < Math.min(others.size(), start + WINDOW); k++) {
            Iteration other = others.get(k);
            if (other.endNanos().isEmpty() || other.elapsedNanos().isEmpty()
                    || Math.abs(other.endNanos().getAsLong() - step.endNanos().orElseThrow()) > LATEST_NANOS) {
                continue;
            }
            long difference = Math.abs(other.elapsedNanos().getAsLong() - step.elapsedNanos().orElseThrow());
            if (difference < bestDifference) {
                best = k;
                bestDifference = difference;
            }
        }
        return best >= 0 && sameTime(step, others.get(best)) ? best : best == start ? best : -1;
    }

    private static int advance(Iteration step, List<Iteration> others, int from) {
        int k = from;
        while (k < others.size() && others.get(k).endNanos().orElse(Long.MIN_VALUE) < step.endNanos().orElseThrow() - LATEST_NANOS) {
            k++;
        }
        return k;
    }

    private static boolean sameTime(Iteration step, Iteration other) {
        long a = step.elapsedNanos().orElseThrow();
        long b = other.elapsedNanos().orElseThrow();
        return Math.abs(a - b) <= SAME_TIME * Math.max(a, b);
    }

    private static long work(Iteration step) {
        return step.scheduledTokens();
    }
}
