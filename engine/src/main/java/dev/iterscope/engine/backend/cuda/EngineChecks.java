package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.backend.SelfCheck;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.step.StepClock;
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.WorkloadArrivals;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Serves requests with the whole engine on the device: the tokens must be those of another backend, and must not depend on how the
/// requests were batched (invariant I5).
final class EngineChecks {
    private static final int MAX_SEQS = 16;
    private static final int MANY_BLOCKS = 200;

    private final Supplier<CudaDriver> drivers;
    private final KernelImages images;
    private final List<Request> requests;

    /// How the requests are batched.
    ///
    /// @param name in words
    /// @param gemm see [MatrixProducts#choose]
    private record Setting(String name, int maxTokens, int maxSeqs, int blocks, boolean async, boolean prefixCaching, String gemm) {
        BackendConfig backend() {
            return SelfTestModel.opened(maxTokens, maxSeqs, blocks);
        }

        /// Whether there are too few blocks for all requests.
        boolean preempts() {
            return blocks < MANY_BLOCKS;
        }
    }

    /// @param drivers opens the device anew
    EngineChecks(Supplier<CudaDriver> drivers, KernelImages images, List<Request> requests) {
        this.drivers = drivers;
        this.images = images;
        this.requests = requests;
    }

    void run(BackendProvider reference, Consumer<SelfCheck> report) {
        Setting plain = new Setting("one large step after the other", 512, MAX_SEQS, MANY_BLOCKS, false, false, "own");
        Map<String, List<Integer>> expected = reference(reference, plain);
        for (Setting setting : List.of(
                plain,
                new Setting("the matrix library", 512, MAX_SEQS, MANY_BLOCKS, false, false, ""),
                new Setting("a small token budget", 19, MAX_SEQS, MANY_BLOCKS, false, false, "own"),
                new Setting("two steps in flight", 64, MAX_SEQS, MANY_BLOCKS, true, false, "own"),
                new Setting("prefix caching", 64, MAX_SEQS, MANY_BLOCKS, true, true, "own"),
                new Setting("preemption", 64, MAX_SEQS, fewBlocks(), true, false, "own"),
                new Setting("few sequences at once", 64, 3, MANY_BLOCKS, true, false, "own"))) {
            report.accept(compare(setting, reference.name(), expected));
        }
        report.accept(kernelTimes(new Setting("kernel times", 64, MAX_SEQS, MANY_BLOCKS, true, false, "")));
    }

    /// Too few for all requests at once, enough for the longest.
    private int fewBlocks() {
        int longest = requests.stream().mapToInt(request -> request.promptTokens() + SelfTestModel.OUTPUTS).max().orElse(0);
        return 2 + 2 * Math.ceilDiv(longest, SelfTestModel.BLOCK_SIZE);
    }

    /// What a run yielded.
    ///
    /// @param tokens      of each request
    /// @param preemptions how often a request was preempted
    private record Served(Map<String, List<Integer>> tokens, int preemptions) {}

    private Map<String, List<Integer>> reference(BackendProvider provider, Setting setting) {
        BackendConfig config = setting.backend();
        try (Backend backend = provider.open(config, provider.plan(config), ExecutionObserver.NONE)) {
            return serve(backend, setting).tokens;
        }
    }

    private SelfCheck compare(Setting setting, String referenceName, Map<String, List<Integer>> expected) {
        String name = "engine, " + setting.name;
        Served served = serveOnDevice(setting, ExecutionObserver.NONE, session -> KernelTimer.NONE);
        for (Request request : requests) {
            List<Integer> tokens = served.tokens.getOrDefault(request.id(), List.of());
            List<Integer> wanted = expected.getOrDefault(request.id(), List.of());
            if (!tokens.equals(wanted) || tokens.size() != SelfTestModel.OUTPUTS) {
                return SelfCheck.failed(name, "request " + request.id() + " yields " + tokens + ", on the " + referenceName + " backend "
                        + wanted);
            }
        }
        if (setting.preempts() && served.preemptions == 0) {
            return SelfCheck.failed(name, "no request was preempted");
        }
        return SelfCheck.passed(name, requests.size() * SelfTestModel.OUTPUTS + " tokens of " + requests.size() + " requests as on the "
                + referenceName + " backend");
    }

    /// Whether every kernel of the steps asked for is found, the matrix library's among them.
    private SelfCheck kernelTimes(Setting setting) {
        KernelTimeCheck check = new KernelTimeCheck(SelfTestModel.config().layers());
        AtomicReference<String> timesFrom = new AtomicReference<>("");
        serveOnDevice(setting, check, session -> {
            KernelTimer timer = KernelTimer.open(session.driver(), session.stream(), CudaBackendProvider.variable(KernelTimer.VARIABLE));
            timesFrom.set(timer.source());
            return timer;
        });
        return check.result(setting.name, timesFrom.get());
    }

    private Served serveOnDevice(Setting setting, ExecutionObserver observer, Function<CudaSession, KernelTimer> timers) {
        BackendConfig config = setting.backend();
        MemoryPlan plan = CudaMemory.plan(config);
        try (TensorSource source = TensorSource.open(config.weights(), config.seed())) {
            CudaSession session = CudaSession.open(drivers.get(), images, config, plan, source, setting.gemm, observer);
            try (Backend backend = new CudaBackend(session, plan, observer, timers.apply(session), DeviceSampler.none())) {
                backend.warmUp();
                return serve(backend, setting);
            }
        }
    }

    private Served serve(Backend backend, Setting setting) {
        SchedulerConfig scheduling = SchedulerConfig.of(setting.maxTokens, setting.maxSeqs, SelfTestModel.config().maxModelLen())
                .withAsyncScheduling(setting.async);
        Scheduler scheduler =
                new Scheduler(scheduling, KvCacheConfig.of(SelfTestModel.BLOCK_SIZE, setting.blocks, setting.prefixCaching));
        Map<String, List<Integer>> tokens = new TreeMap<>();
        AtomicInteger preemptions = new AtomicInteger();
        StepObserver collector = new StepObserver() {
            @Override
            public void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {
                preemptions.incrementAndGet();
            }

            @Override
            public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
                tokens.put(
                        sequence.request().id(),
                        IntStream.range(0, sequence.outputTokens()).mapToObj(sequence::outputToken).toList());
            }
        };
        new StepLoop(scheduler, backend, new Turns(), new WorkloadArrivals(requests, OptionalInt.empty()), collector).run();
        return new Served(tokens, preemptions.get());
    }

    /// Moves on by one at every reading: the requests are there from the start, and times are of no interest.
    private static final class Turns implements StepClock {
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
