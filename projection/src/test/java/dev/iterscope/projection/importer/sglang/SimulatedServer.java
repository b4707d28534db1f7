package dev.iterscope.projection.importer.sglang;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/// A service of the project's own simulator with steps of known cost, logged as SGLang logs with `--enable-mixed-chunk`: prompts and
/// generation in one batch, which is how the simulator schedules.
final class SimulatedServer implements StepObserver, StepTimes {
    static final double FIXED_NANOS = 8e6;
    static final double TOKEN_NANOS = 30e3;
    static final double KV_NANOS = 40;
    static final int CHUNK = 2048;
    private static final int SEQUENCES = 64;
    private static final int CAPACITY = 400_000;

    private final SplittableRandom noise;
    private final int interval;
    private final List<String> lines = new ArrayList<>();
    private long generated;
    private long decodes;
    private long lastDecodeNanos;

    private SimulatedServer(long seed, int interval) {
        this.noise = new SplittableRandom(seed ^ 0x5eed);
        this.interval = interval;
    }

    /// The lines of a run.
    ///
    /// @param requests  how many
    /// @param gapMillis mean time between two arrivals
    /// @param output    mean output tokens
    static List<String> log(long seed, int interval, int requests, double gapMillis, int output) {
        SimulatedServer server = new SimulatedServer(seed, interval);
        server.lines.add("[2026-03-14 02:00:00] server_args=ServerArgs(model_path='m', chunked_prefill_size=" + CHUNK
                + ", max_running_requests=" + SEQUENCES
                + ", page_size=1, tp_size=1, dp_size=1, enable_mixed_chunk=True, decode_log_interval="
                + interval + ")");
        server.lines.add("[2026-03-14 02:00:00] max_total_num_tokens=" + CAPACITY + ", chunked_prefill_size=" + CHUNK
                + ", max_prefill_tokens=16384, max_running_requests=" + SEQUENCES + ", context_len=32768");
        SplittableRandom random = new SplittableRandom(seed);
        List<Request> all = new ArrayList<>();
        double nanos = 0;
        for (int i = 0; i < requests; i++) {
            nanos += random.nextExponential() * gapMillis * 1e6;
            all.add(Request.of("r" + i, new Prompt.Seeded(200 + random.nextInt(2400), i), output / 2 + random.nextInt(output),
                    Math.round(nanos)));
        }
        Simulator.run(SchedulerConfig.of(CHUNK, SEQUENCES, 32_768), KvCacheConfig.of(16, CAPACITY / 16 + 1, false),
                new Workload("test", all, OptionalInt.empty(), ""), server, server);
        return server.lines;
    }

    /// What such a step costs without noise.
    static double trueNanos(StepCounts counts) {
        return FIXED_NANOS + TOKEN_NANOS * counts.scheduledTokens() + KV_NANOS * counts.generationKvTokens();
    }

    @Override
    public long deviceNanos(StepPlan plan) {
        return Math.round(trueNanos(plan.counts()) * (1 + 0.02 * noise.nextGaussian()));
    }

    @Override
    public long hostNanos(StepPlan plan) {
        return 0;
    }

    @Override
    public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
        StepCounts counts = plan.counts();
        long second = timing.resultNanos() / 1_000_000_000;
        String stamp = String.format(Locale.ROOT, "[2026-03-14 02:%02d:%02d TP0]", second / 60, second % 60);
        double usage = counts.kvTokensHeld() / (double) CAPACITY;
        if (counts.contextRequests() > 0) {
            lines.add(String.format(Locale.ROOT, "%s Prefill batch, #new-seq: %d, #new-token: %d, #cached-token: 0, token usage: %.2f, "
                    + "#running-req: %d, #queue-req: %d, ", stamp, counts.contextRequests(), counts.contextTokens(), usage,
                    counts.generationRequests(), counts.waitingRequests()));
            return;
        }
        generated += counts.generationRequests();
        if (++decodes % interval == 0) {
            lines.add(String.format(Locale.ROOT, "%s Decode batch, #running-req: %d, #token: %d, token usage: %.2f, cuda graph: True, "
                    + "gen throughput (token/s): %.2f, #queue-req: %d, ", stamp, counts.generationRequests(), counts.kvTokensHeld(), usage,
                    generated / ((timing.resultNanos() - lastDecodeNanos) / 1e9), counts.waitingRequests()));
            lastDecodeNanos = timing.resultNanos();
            generated = 0;
        }
    }
}
