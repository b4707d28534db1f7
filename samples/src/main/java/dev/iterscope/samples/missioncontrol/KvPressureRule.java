package dev.iterscope.samples.missioncontrol;

import java.util.Locale;
import org.openjdk.jmc.common.item.IItemCollection;

/// How close the KV cache came to being full. The score is the highest usage in percent.
public final class KvPressureRule extends ServingRule {

    /// Found by the service loader.
    public KvPressureRule() {
        super("iterscope.KvPressure", "KV Cache Pressure", ITERATION);
    }

    @Override
    Finding judge(IItemCollection events, long steps) {
        double percent = 100 * max(events, ITERATION, KV_USAGE);
        return new Finding(
                percent,
                String.format(Locale.ROOT, "The KV cache was at most %.1f %% full.", percent),
                "Live requests hold blocks of the KV cache until they end. A full cache makes the scheduler preempt requests, "
                        + "and what they had computed is computed again.",
                "If it comes near 100 %, lower max-num-seqs or give the KV cache more memory. If it stays low, max-num-seqs can grow.");
    }
}
