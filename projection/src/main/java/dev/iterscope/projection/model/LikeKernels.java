package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The executions of each kernel, by what they worked on: the sizes where they are recorded, else the composition of the step they belong to.
/// A kernel's mean over other sizes says nothing of its speed, so only like executions are compared.
final class LikeKernels {
    private static final double NORMAL_95 = 1.959964;
    private static final double KV_FACTOR = 1.25;

    private LikeKernels() {}

    /// Executions of one kernel on like work.
    ///
    /// @param count   how many
    /// @param sum     their time, nanoseconds
    /// @param squares sum of its squares
    private record Executions(long count, double sum, double squares) {
        static final Executions NONE = new Executions(0, 0, 0);

        Executions with(double nanos) {
            return new Executions(count + 1, sum + nanos, squares + nanos * nanos);
        }

        double mean() {
            return sum / count;
        }

        double varianceOfMean() {
            return Math.max(0, squares / count - mean() * mean()) / count;
        }
    }

    static List<RecordingComparison.KernelChange> compare(Recording a, Recording b) {
        Map<String, Map<String, Executions>> before = executions(a);
        List<RecordingComparison.KernelChange> changes = new ArrayList<>();
        executions(b).forEach((name, after) -> {
            Map<String, Executions> first = before.get(name);
            if (first != null) {
                changes.add(change(name, first, after));
            }
        });
        return changes;
    }

    private static RecordingComparison.KernelChange change(String name, Map<String, Executions> before, Map<String, Executions> after) {
        double count = 0;
        double from = 0;
        double to = 0;
        double variance = 0;
        for (Map.Entry<String, Executions> entry : before.entrySet()) {
            Executions first = entry.getValue();
            Executions second = after.get(entry.getKey());
            if (second != null) {
                double n = first.count();
                count += n;
                from += n * first.mean();
                to += n * second.mean();
                variance += n * n * (first.varianceOfMean() + second.varianceOfMean());
            }
        }
        if (count == 0) {
            return new RecordingComparison.KernelChange(name, mean(before), mean(after), Optional.empty(),
                    "ran on other sizes in each recording");
        }
        double runs = IterationOptions.DEFAULTS.betweenRunDeviation() * Math.hypot(from, to) / count;
        double half = NORMAL_95 * Math.hypot(Math.sqrt(variance) / count, runs);
        double difference = (to - from) / count;
        return new RecordingComparison.KernelChange(name, from / count, to / count,
                Optional.of(new RecordingComparison.Change(from / count, difference, difference - half, difference + half)), "");
    }

    private static double mean(Map<String, Executions> executions) {
        return executions.values().stream().mapToDouble(Executions::sum).sum()
                / executions.values().stream().mapToLong(Executions::count).sum();
    }

    private static Map<String, Map<String, Executions>> executions(Recording recording) {
        Map<String, String> binOfStep = new HashMap<>();
        StepSamples.steps(recording).forEach(steps -> steps.forEach(step -> step.iteration().number().ifPresent(
                number -> binOfStep.put(step.iteration().engine() + " " + number, LikeBatches.bin(List.of(step.work()))))));
        Map<String, Map<String, Executions>> byName = new TreeMap<>();
        for (KernelRecord kernel : recording.kernels()) {
            byName.computeIfAbsent(kernel.name(), _ -> new TreeMap<>())
                    .merge(work(kernel, binOfStep), Executions.NONE.with((double) kernel.timeNanos()), LikeKernels::sum);
        }
        return byName;
    }

    private static Executions sum(Executions a, Executions b) {
        return new Executions(a.count() + b.count(), a.sum() + b.sum(), a.squares() + b.squares());
    }

    private static String work(KernelRecord kernel, Map<String, String> binOfStep) {
        boolean sized = kernel.m().isPresent() || kernel.tokens().isPresent() || kernel.kvTokens().isPresent();
        if (sized) {
            long kv =
                    kernel.kvTokens().isEmpty() ? -1 : Math.round(Math.log1p((double) kernel.kvTokens().getAsLong()) / Math.log(KV_FACTOR));
            return kernel.m() + " " + kernel.n() + " " + kernel.k() + " " + kernel.tokens() + " " + kv;
        }
        return kernel.iteration().isPresent()
                ? binOfStep.getOrDefault(kernel.engine() + " " + kernel.iteration().getAsLong(), "")
                : "";
    }
}
