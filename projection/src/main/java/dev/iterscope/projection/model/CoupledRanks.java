package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import java.util.ArrayList;
import java.util.List;

/// Data-parallel ranks that share their experts wait for each other in every step: a rank with one token shows the time of the
/// rank with forty thousand. Such steps are paired and count once, with the work of the busiest rank and the longest time.
/// The ranks' step numbers may lag by a few, so the lag is found first.
final class CoupledRanks {
    private static final int MAX_LAG = 3;
    private static final int MIN_STEPS = 4;

    private CoupledRanks() {}

    /// Whether the times of the ranks follow each other more than their own work explains.
    static boolean areCoupled(List<List<StepSamples.Step>> engines) {
        if (engines.size() < 2) {
            return false;
        }
        List<StepSamples.Step> first = engines.getFirst();
        for (List<StepSamples.Step> other : engines.subList(1, engines.size())) {
            double distance = distance(first, other, bestLag(first, other));
            if (!(distance < 0.10)) {
                return false;
            }
        }
        return true;
    }

    /// One step for each set of steps that ran together; a set with a step that cannot be used is left out.
    static List<StepSamples.Step> pair(List<List<StepSamples.Step>> engines) {
        List<StepSamples.Step> first = engines.getFirst();
        List<StepSamples.Step> paired = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            StepSamples.Step busiest = first.get(i);
            StepSamples.Step longest = first.get(i);
            boolean whole = first.get(i).usable();
            for (List<StepSamples.Step> other : engines.subList(1, engines.size())) {
                int j = i + bestLag(first, other);
                if (j < 0 || j >= other.size()) {
                    whole = false;
                    continue;
                }
                StepSamples.Step peer = other.get(j);
                whole &= peer.usable() || peer.iteration().isDummy();
                busiest = peer.work().tokens() > busiest.work().tokens() ? peer : busiest;
                longest = elapsed(peer) > elapsed(longest) ? peer : longest;
            }
            if (whole && elapsed(longest) > 0) {
                paired.add(new StepSamples.Step(longest.iteration().isDummy() ? busiest.iteration() : longest.iteration(), busiest.work(),
                        false));
            }
        }
        return paired;
    }

    private static int bestLag(List<StepSamples.Step> a, List<StepSamples.Step> b) {
        int best = 0;
        double smallest = Double.POSITIVE_INFINITY;
        for (int lag = -MAX_LAG; lag <= MAX_LAG; lag++) {
            double distance = distance(a, b, lag);
            if (distance < smallest) {
                smallest = distance;
                best = lag;
            }
        }
        return best;
    }

    /// Mean difference of the logarithms of the times of steps that would have run together.
    private static double distance(List<StepSamples.Step> a, List<StepSamples.Step> b, int lag) {
        double sum = 0;
        int n = 0;
        for (int i = 0; i < a.size(); i++) {
            int j = i + lag;
            if (j >= 0 && j < b.size() && elapsed(a.get(i)) > 0 && elapsed(b.get(j)) > 0) {
                sum += Math.abs(Math.log(elapsed(a.get(i)) / elapsed(b.get(j))));
                n++;
            }
        }
        return n < MIN_STEPS ? Double.POSITIVE_INFINITY : sum / n;
    }

    private static double elapsed(StepSamples.Step step) {
        Iteration iteration = step.iteration();
        return iteration.elapsedNanos().isPresent() ? iteration.elapsedNanos().getAsLong() : 0;
    }
}
