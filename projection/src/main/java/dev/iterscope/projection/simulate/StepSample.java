package dev.iterscope.projection.simulate;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import java.util.ArrayList;
import java.util.List;

/// Keeps every n-th step's counts, with n doubled whenever the sample is full: evenly spread over a run of any length.
final class StepSample implements StepObserver {
    private static final int CAPACITY = 1024;

    private List<StepCounts> kept = new ArrayList<>(CAPACITY);
    private long stride = 1;
    private long seen;

    @Override
    public void planned(StepPlan plan, long nowNanos) {
        if (seen++ % stride != 0) {
            return;
        }
        if (kept.size() == CAPACITY) {
            List<StepCounts> half = new ArrayList<>(CAPACITY);
            for (int i = 0; i < CAPACITY; i += 2) {
                half.add(kept.get(i));
            }
            kept = half;
            stride *= 2;
        }
        kept.add(plan.counts());
    }

    List<StepCounts> counts() {
        return List.copyOf(kept);
    }
}
