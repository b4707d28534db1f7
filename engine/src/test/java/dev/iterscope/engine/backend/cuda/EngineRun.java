package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.LaunchedOutcome;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepClock;
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.engine.step.WorkloadArrivals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// The real scheduler and step loop over the CUDA backend on an emulated device.
///
/// @param model         what runs
/// @param maxTokens     token budget of a step
/// @param maxSeqs       most sequences of a step
/// @param blocks        KV blocks, the null block included
/// @param async         whether two steps are in flight
/// @param prefixCaching whether blocks are found again
/// @param modes         filled with graph mode and padded tokens of each step
record EngineRun(
        SmallModel model, int maxTokens, int maxSeqs, int blocks, boolean async, boolean prefixCaching, List<String> modes) {
    static final int BLOCK_SIZE = 16;

    EngineRun(SmallModel model, int maxTokens, int maxSeqs, int blocks, boolean async, boolean prefixCaching) {
        this(model, maxTokens, maxSeqs, blocks, async, prefixCaching, new ArrayList<>());
    }

    BackendConfig config() {
        return new BackendConfig(
                model.config(),
                Optional.empty(),
                maxTokens,
                maxSeqs,
                BLOCK_SIZE,
                OptionalInt.of(blocks),
                DataType.BF16,
                128L << 20,
                1,
                0,
                Optional.empty(),
                1);
    }

    CudaBackend open(HostDriver driver, ExecutionObserver observer) {
        BackendConfig config = config();
        MemoryPlan plan = CudaMemory.plan(config);
        CudaSession session = CudaSession.open(driver, new KernelImages("sm_90", ".cubin"), config, plan, model, "own", observer);
        return new CudaBackend(session, plan, observer, new EventTimer(driver, session.stream(), () -> 0), DeviceSampler.none());
    }

    /// Serves the requests and returns each one's tokens.
    Map<String, List<Integer>> serve(CudaBackend backend, List<Request> requests) {
        SchedulerConfig scheduling =
                SchedulerConfig.of(maxTokens, maxSeqs, model.config().maxModelLen()).withAsyncScheduling(async);
        Scheduler scheduler = new Scheduler(scheduling, KvCacheConfig.of(BLOCK_SIZE, blocks, prefixCaching), true);
        Map<String, List<Integer>> tokens = new TreeMap<>();
        StepObserver collector = new StepObserver() {
            @Override
            public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
                LaunchedOutcome launched = (LaunchedOutcome) outcome;
                modes.add(launched.graphMode() + " " + launched.paddedTokens());
            }

            @Override
            public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
                List<Integer> outputs =
                        IntStream.range(0, sequence.outputTokens()).mapToObj(sequence::outputToken).toList();
                tokens.put(sequence.request().id(), outputs);
            }
        };
        new StepLoop(scheduler, backend, new Steps(), new WorkloadArrivals(requests, OptionalInt.empty()), collector).run();
        return tokens;
    }

    Map<String, List<Integer>> run(List<Request> requests) {
        HostDriver driver = new HostDriver();
        try (CudaBackend backend = open(driver, ExecutionObserver.NONE)) {
            return serve(backend, requests);
        }
    }

    /// A clock that moves on by one at every reading.
    private static final class Steps implements StepClock {
        private long now;

        @Override
        public long nanos() {
            return now++;
        }

        @Override
        public void waitUntil(long nanos) {
            now = Math.max(now, nanos);
        }
    }
}
