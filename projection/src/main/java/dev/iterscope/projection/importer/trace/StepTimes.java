package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Iteration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Gives each step the time that was its own: from the result of the step before, or from its begin if that is later, to its result. So
/// durations and idle gaps add up to the wall clock also where the next step is launched while the device still works.
///
/// Where nothing of the device was recorded a range says how long the host took to launch a step, which for a GPU engine is not the step's
/// time. Our own engine executes a batch inside its range on any backend.
final class StepTimes {

    private final RecordingBuilder into;
    private final long shift;
    private final BlockSize blockSize = new BlockSize();
    private long untimed;

    StepTimes(RecordingBuilder into, long shift) {
        this.into = into;
        this.shift = shift;
    }

    /// Adds the steps to the recording.
    void add(List<EngineStep> steps) {
        Map<Integer, List<EngineStep>> engines = new TreeMap<>();
        steps.forEach(step -> engines.computeIfAbsent(step.engine, _ -> new ArrayList<>()).add(step));
        boolean deviceSeen = steps.stream().anyMatch(EngineStep::hasWork);
        engines.values().forEach(list -> {
            list.sort(Comparator.comparingLong(EngineStep::rangeStart));
            addEngine(list, deviceSeen);
        });
        blockSize.report(into);
        into.warnings().add(
                "device-times-missing",
                "steps of which the trace shows only the host's range, which ends before a GPU has done the work; their times are not known: record the device too (nsys: --trace=cuda,nvtx)",
                untimed);
    }

    private void addEngine(List<EngineStep> steps, boolean deviceSeen) {
        long before = Long.MIN_VALUE;
        for (EngineStep step : steps) {
            IterationDraft draft = step.draft().engine(step.engine).number(step.number);
            long start = Math.max(before, step.begin());
            long end = Math.max(start, step.result());
            if (step.hasWork() || (!deviceSeen && isOurs(draft))) {
                draft.startNanos(start + shift).endNanos(end + shift).elapsedNanos(end - start);
                draft.detail().submitToResultNanos(end - step.rangeStart());
                draft.detail().idleBeforeNanos(before == Long.MIN_VALUE ? 0 : start - before);
                if (step.launches() > 0) {
                    draft.detail().graphMode(step.graphLaunches() == 0 ? "none" : step.graphLaunches() == 1 ? "full" : "piecewise");
                }
            } else {
                draft.endNanos(end + shift);
                untimed++;
            }
            before = end;
            Iteration built = draft.build();
            blockSize.add(built);
            into.add(built);
        }
    }

    /// Only our engine's label tells of running requests.
    private static boolean isOurs(IterationDraft draft) {
        return draft.build().runningRequests().isPresent();
    }
}
