package dev.iterscope.profiler.bench;

import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.profiler.nvtx.IterationRanges;
import dev.iterscope.profiler.nvtx.NvtxTool;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import jdk.jfr.Recording;

/// What [IterationCostBenchmark] measures, in processor time of the thread instead of time on the wall: what other programs take from a shared
/// machine meanwhile is not in it.
///
///     bin/bench profiler -main dev.iterscope.profiler.bench.IterationCpuTime [ROUNDS]
public final class IterationCpuTime {
    private static final int DEFAULT_ROUNDS = 60;
    private static final int WARM_UPS = 30;
    private static final int CALLS = 100_000;
    private static final int RESAMPLES = 20_000;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final IterationRecorder recorder = new IterationRecorder();
    private final IterationRanges ranges = IterationRanges.of(NvtxTool.system());

    private IterationCpuTime() {}

    /// Prints a line per destination and batch.
    ///
    /// @param arguments rounds of 100,000 iterations each (60)
    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : DEFAULT_ROUNDS;
        ServingSchema.registerAll();
        IterationCpuTime bench = new IterationCpuTime();
        System.out.printf("JDK %s, %d rounds of %d iterations%n", Runtime.version(), rounds, CALLS);
        for (var destination : IterationCostBenchmark.Destination.values()) {
            for (int requests : new int[] {1, 32, 1024}) {
                System.out.println(destination + ", " + requests + " requests: " + bench.measure(destination, requests, rounds));
            }
        }
    }

    private String measure(IterationCostBenchmark.Destination destination, int requests, int rounds) {
        if (destination == IterationCostBenchmark.Destination.NOWHERE) {
            return rounds(requests, rounds);
        }
        try (Recording recording = new Recording()) {
            ServingSchema.types().forEach(recording::enable);
            recording.setToDisk(destination == IterationCostBenchmark.Destination.DISK);
            recording.start();
            return rounds(requests, rounds);
        }
    }

    private String rounds(int requests, int rounds) {
        Step step = new Step(requests);
        double[] nanos = new double[rounds];
        for (int round = -WARM_UPS; round < rounds; round++) {
            long start = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < CALLS; i++) {
                Step planned = step.next();
                ranges.push(planned);
                recorder.started();
                recorder.resultArrived();
                recorder.commit(planned, planned);
                ranges.pop();
            }
            if (round >= 0) {
                nanos[round] = (threads.getCurrentThreadCpuTime() - start) / (double) CALLS;
            }
        }
        double[] means = new double[RESAMPLES];
        Random random = new Random(0);
        for (int i = 0; i < RESAMPLES; i++) {
            means[i] = random.ints(rounds, 0, rounds).mapToDouble(j -> nanos[j]).average().orElseThrow();
        }
        Arrays.sort(means);
        double mean = Arrays.stream(nanos).average().orElseThrow();
        Arrays.sort(nanos);
        return String.format(
                Locale.ROOT,
                "mean %.1f ns [%.1f, %.1f], median %.1f, least %.1f, most %.1f",
                mean,
                means[(int) (RESAMPLES * 0.025)],
                means[(int) (RESAMPLES * 0.975)],
                nanos[rounds / 2],
                nanos[0],
                nanos[rounds - 1]);
    }
}
