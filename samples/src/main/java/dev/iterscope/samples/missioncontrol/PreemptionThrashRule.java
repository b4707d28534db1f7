package dev.iterscope.samples.missioncontrol;

import java.util.Locale;
import org.openjdk.jmc.common.item.IItemCollection;

/// How many requests were preempted. One per ten iterations or more is the full score.
public final class PreemptionThrashRule extends ServingRule {

    private static final double FULL_SCORE_PER_ITERATION = 0.1;

    /// Found by the service loader.
    public PreemptionThrashRule() {
        super("iterscope.PreemptionThrash", "Preemption Thrash", ITERATION);
    }

    @Override
    Finding judge(IItemCollection events, long steps) {
        double preemptions = sum(events, ITERATION, PREEMPTIONS);
        double score = Math.min(100, 100 * preemptions / steps / FULL_SCORE_PER_ITERATION);
        return new Finding(
                score,
                String.format(Locale.ROOT, "%.0f requests were preempted in %d iterations.", preemptions, steps),
                "A preempted request gives up its KV blocks and computes its tokens again when it is resumed.",
                "Lower max-num-seqs, give the KV cache more memory, or let a request in only when its whole prompt fits "
                        + "(--scheduler-reserve-full-isl).");
    }
}
