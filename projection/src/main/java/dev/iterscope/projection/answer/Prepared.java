package dev.iterscope.projection.answer;

import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.search.KvCapacity;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.SweepSpec;
import dev.iterscope.projection.workload.Workload;
import java.util.List;
import java.util.Optional;

/// Everything that a sweep needs, found out: for those who also want to run it.
///
/// @param present the setting of the recorded service, if known; it need not be swept
/// @param spec    what to sweep
/// @param doubt   why no recommendation can rest on it; empty when one can
/// @param assumed what an answer depends on that was inferred, not recorded; empty when nothing was
/// @param notes   what was lowered or assumed
public record Prepared(Optional<Setting> present, SweepSpec spec, Optional<Refusal> doubt, Optional<String> assumed, List<String> notes) {
    /// Keeps an unmodifiable copy.
    public Prepared {
        notes = List.copyOf(notes);
    }

    /// The points.
    public List<Setting> settings() {
        return spec.settings();
    }

    /// What is served.
    public Workload workload() {
        return spec.workload();
    }

    /// What steps cost.
    public FittedStepModel model() {
        return spec.model();
    }

    /// The same with another KV capacity.
    public Prepared withCapacity(KvCapacity capacity) {
        SweepSpec changed = new SweepSpec(
                spec.settings(),
                spec.scheduler(),
                spec.blockSize(),
                spec.prefixCaching(),
                spec.ranks(),
                capacity,
                spec.workload(),
                spec.model(),
                spec.rule(),
                spec.draws(),
                spec.stream());
        return new Prepared(present, changed, doubt, assumed, notes);
    }
}
