package dev.iterscope.samples.missioncontrol;

import java.util.Locale;
import org.openjdk.jmc.common.item.IItemCollection;

/// What share of the time no batch was in flight. A quarter or more is the full score.
public final class IdleGapRule extends ServingRule {

    private static final double FULL_SCORE_SHARE = 0.25;

    /// Found by the service loader.
    public IdleGapRule() {
        super("iterscope.IdleGaps", "Idle Gaps between Iterations", DETAIL);
    }

    @Override
    Finding judge(IItemCollection events, long steps) {
        double idle = seconds(events, DETAIL, IDLE_BEFORE);
        double all = idle + busySeconds(events);
        double share = all == 0 ? 0 : idle / all;
        return new Finding(
                Math.min(100, 100 * share / FULL_SCORE_SHARE),
                String.format(Locale.ROOT, "No batch was in flight for %.1f %% of the time.", 100 * share),
                "Between the result of a step and the submission of the next the device waits: for the scheduler, for the outcome "
                        + "of the step before, or for requests.",
                "If requests were waiting meanwhile, use --async-scheduling. If none were, the load is below what the engine can do.");
    }
}
