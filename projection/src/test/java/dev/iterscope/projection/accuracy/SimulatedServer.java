package dev.iterscope.projection.accuracy;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// A server whose step times are known, with 1 % of scatter, and that writes vLLM's log.
///
/// @param fixedNanos     time of any step
/// @param tokenNanos     time of a scheduled token
/// @param pairNanos      time of a query x key pair of context chunks
/// @param kvTokenNanos   time of a KV token that generation reads
/// @param requestNanos   time of a request
/// @param maxNumSeqs     sequence limit
/// @param blocks         usable KV blocks of 16 tokens
record SimulatedServer(
        double fixedNanos, double tokenNanos, double pairNanos, double kvTokenNanos, double requestNanos, int maxNumSeqs, int blocks)
        implements StepTimes {

    @Override
    public long deviceNanos(StepPlan plan) {
        StepCounts counts = plan.counts();
        double scatter = 1 + 0.01 * Math.sin(counts.scheduledTokens() * 12.9898 + counts.kvTokensHeld() * 78.233);
        return Math.round(scatter * (fixedNanos + tokenNanos * counts.scheduledTokens() + pairNanos * counts.contextAttentionPairs()
                + kvTokenNanos * counts.generationKvTokens() + requestNanos * counts.scheduledRequests()));
    }

    @Override
    public long hostNanos(StepPlan plan) {
        return 0;
    }

    /// Serves the work and logs the first steps that are wanted, as vLLM does.
    Path log(Path file, int budget, WorkloadOptions work, long steps, Predicate<StepCounts> wanted) throws IOException {
        Workload workload = Workloads.make(work, OptionalInt.empty());
        List<String> lines = new ArrayList<>();
        SchedulerConfig scheduler = SchedulerConfig.of(budget, maxNumSeqs, 8192);
        Simulator.run(scheduler, KvCacheConfig.of(16, blocks + 1, false), workload, this, new StepObserver() {
            @Override
            public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
                StepCounts counts = plan.counts();
                if (lines.size() < steps && wanted.test(counts)) {
                    long second = 9 * 3600 + timing.resultNanos() / 1_000_000_000;
                    lines.add(String.format(Locale.ROOT, "(EngineCore_DP0 pid=7) INFO 02-18 %02d:%02d:%02d [core.py:387] Iteration(%d): "
                            + "%d context requests, %d context tokens, %d generation requests, %d generation tokens, "
                            + "iteration elapsed time: %.2f ms", second / 3600, second / 60 % 60, second % 60, lines.size(),
                            counts.contextRequests(), counts.contextTokens(), counts.generationRequests(), counts.generationTokens(),
                            deviceNanos(plan) / 1e6));
                }
            }
        });
        return Files.write(file, lines);
    }
}
