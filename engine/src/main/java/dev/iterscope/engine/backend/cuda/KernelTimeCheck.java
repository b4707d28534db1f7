package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.SelfCheck;
import dev.iterscope.profiler.event.KernelRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Has every second step of a run timed and looks at what comes of it: the kernels of each of these steps must all be there, take
/// time, and follow each other. A profiling library that does not tell of the matrix library's kernels shows here.
final class KernelTimeCheck implements ExecutionObserver {
    /// Kernels of every layer of every step, the matrix products among them.
    private static final List<String> OF_EVERY_LAYER =
            List.of("qkv_proj", "rotary_and_kv_write", "o_proj", "gate_up_proj", "swiglu", "down_proj");
    /// CUDA events tell distances as 32-bit milliseconds.
    private static final long ROUNDING_NANOS = 1000;

    private final int layers;
    private final Map<Long, List<KernelRun>> kernelsByStep = new TreeMap<>();

    /// @param layers of the model that runs
    KernelTimeCheck(int layers) {
        this.layers = layers;
    }

    @Override
    public boolean wantsKernels(long iteration) {
        boolean wanted = iteration % 2 == 0;
        if (wanted) {
            kernelsByStep.put(iteration, new ArrayList<>());
        }
        return wanted;
    }

    @Override
    public void kernel(KernelRun run) {
        kernelsByStep.computeIfAbsent((long) run.iteration(), unasked -> new ArrayList<>()).add(run);
    }

    /// What was found.
    ///
    /// @param timesFrom what told the times
    SelfCheck result(String name, String timesFrom) {
        long kernels = 0;
        for (Map.Entry<Long, List<KernelRun>> step : kernelsByStep.entrySet()) {
            String problem = problem(step.getValue());
            if (!problem.isEmpty()) {
                return SelfCheck.failed(
                        name, "step " + step.getKey() + ": " + problem + " by " + timesFrom + "; set ITERSCOPE_CUDA_TIMES=events");
            }
            kernels += step.getValue().size();
        }
        return kernelsByStep.isEmpty()
                ? SelfCheck.failed(name, "no step was timed")
                : SelfCheck.passed(
                        name, String.format(Locale.ROOT, "%d kernels of %d steps by %s", kernels, kernelsByStep.size(), timesFrom));
    }

    /// What is wrong with a step; empty when nothing is.
    private String problem(List<KernelRun> kernels) {
        for (String expected : OF_EVERY_LAYER) {
            long found = kernels.stream().filter(run -> run.kernel().equals(expected)).count();
            if (found != layers) {
                return found + " times of " + expected + " instead of " + layers;
            }
        }
        long end = Long.MIN_VALUE;
        for (KernelRun run : kernels) {
            if (run.time().nanos() <= 0 || run.time().startNanos() + ROUNDING_NANOS < end) {
                return run.kernel() + " of layer " + run.layer() + " starts before the kernel ahead of it ends, or takes no time,";
            }
            end = run.time().startNanos() + run.time().nanos();
        }
        return "";
    }
}
