package dev.iterscope.engine;

import dev.iterscope.engine.ObservationOptions.IterationWindow;
import dev.iterscope.engine.RunResult.Rejection;
import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.observe.CaptureWindow;
import dev.iterscope.engine.observe.EngineFacts;
import dev.iterscope.engine.observe.EventObserver;
import dev.iterscope.engine.observe.RangeObserver;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.RequestTimeline;
import dev.iterscope.engine.step.RequestTracker;
import dev.iterscope.engine.step.StepExecutor;
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepObservers;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.engine.step.WorkloadArrivals;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.profiler.event.StaticEvents;
import dev.iterscope.profiler.nvtx.CaptureRange;
import dev.iterscope.profiler.nvtx.NvtxTool;
import dev.iterscope.profiler.recording.FlightRecording;
import dev.iterscope.profiler.recording.RecordingOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/// An engine that is ready to serve: backend opened, weights loaded, kernels warm.
///
/// ```java
/// try (Engine engine = Engine.open(EngineConfig.defaults(ModelPresets.TINY))) {
///     RunResult result = engine.run(requests, OptionalInt.empty());
/// }
/// ```
///
/// Each run starts with an empty KV cache and counts its iterations from 1. Runs of one engine must not overlap.
public final class Engine implements AutoCloseable {
    private final EngineConfig config;
    private final SchedulerConfig scheduler;
    private final KvCacheConfig kvCache;
    private final MemoryPlan memory;
    private final Backend backend;

    private Engine(
            EngineConfig config,
            SchedulerConfig scheduler,
            KvCacheConfig kvCache,
            MemoryPlan memory,
            Backend backend) {
        this.config = config;
        this.scheduler = scheduler;
        this.kvCache = kvCache;
        this.memory = memory;
        this.backend = backend;
    }

    /// The backends of this installation, in alphabetical order.
    public static List<BackendStatus> backends() {
        return ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .map(provider -> new BackendStatus(provider.name(), provider.unavailableReason(), facts(provider)))
                .sorted(Comparator.comparing(BackendStatus::name))
                .toList();
    }

    private static List<BackendStatus.Fact> facts(BackendProvider provider) {
        return provider.findings().stream().map(finding -> new BackendStatus.Fact(finding.name(), finding.value())).toList();
    }

    /// Checks the device of every backend that has a test of its own, and reports each check as it ends. The engine's tokens are
    /// compared with those of the CPU.
    ///
    /// @throws UserInputException when a device is missing
    public static void selfTest(Consumer<DeviceCheck> report) {
        BackendProvider reference = usableProvider(EngineConfig.DEFAULT_BACKEND);
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.hasSelfTest()) {
                usableProvider(provider.name()).selfTest(
                        reference, check -> report.accept(new DeviceCheck(check.name(), check.detail(), check.failure())));
            }
        }
    }

    /// Times copies and the kernels that a step of the model consists of, on every device that has a test of its own.
    ///
    /// @throws UserInputException when a device is missing or has no kernels for the model
    public static void benchmark(ModelConfig model, Consumer<KernelSpeed> report) {
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.hasSelfTest()) {
                usableProvider(provider.name()).benchmark(
                        model,
                        rate -> report.accept(new KernelSpeed(
                                rate.kernel(), rate.size(), rate.seconds(), rate.flops(), rate.bytes(), rate.shareOfRoofline())));
            }
        }
    }

    /// Memory of the device that a backend would use, bytes: what a utilisation is a share of. Empty where that is the host's.
    ///
    /// @throws UserInputException when the backend cannot run here
    public static OptionalLong deviceMemoryBytes(String backend) {
        return usableProvider(backend).deviceMemoryBytes();
    }

    /// How the memory would be divided; nothing is allocated.
    ///
    /// @throws UserInputException when the backend cannot run here or the memory does not suffice
    public static MemoryPlan memoryPlan(EngineConfig config) {
        return usableProvider(config.backend()).plan(config.backendConfig());
    }

    /// KV blocks that the backend would have, the null block included; nothing is allocated.
    ///
    /// @throws UserInputException when the backend cannot run here or the memory does not suffice
    public static int plannedKvBlocks(EngineConfig config) {
        return memoryPlan(config).kvBlocks();
    }

    /// Opens the backend, loads the weights and warms the kernels; warming leaves no event and no range.
    ///
    /// @throws UserInputException when the limits contradict each other, the backend cannot run here, the memory does not suffice or
    ///                            the weights cannot be used
    public static Engine open(EngineConfig config) {
        return open(config, LoadListener.NONE);
    }

    /// The same, telling `loading` how far the weights have come.
    public static Engine open(EngineConfig config, LoadListener loading) {
        requireConsistent(config.scheduler());
        BackendProvider provider = usableProvider(config.backend());
        MemoryPlan memory = provider.plan(config.backendConfig());
        KvCacheConfig kvCache =
                new KvCacheConfig(config.blockSize(), memory.kvBlocks(), config.prefixCaching(), config.freeOrder());
        ServingSchema.registerAll();
        RangeObserver ranges = RangeObserver.of(nvtx(config), config.observation().nvtxLayers(), loading::loaded);
        Backend backend = provider.open(config.backendConfig(), memory, ranges);
        try {
            backend.warmUp();
            JvmCompilers.settle();
        } catch (RuntimeException | Error e) {
            backend.close();
            throw e;
        }
        return new Engine(config, config.scheduler(), kvCache, memory, backend);
    }

    private static NvtxTool nvtx(EngineConfig config) {
        return config.observation().nvtx() ? NvtxTool.system() : NvtxTool.none();
    }

    private static void requireConsistent(SchedulerConfig scheduler) {
        if (scheduler.maxNumSeqs() > scheduler.maxNumBatchedTokens()) {
            throw UserInputException.usage("max-num-batched-tokens " + scheduler.maxNumBatchedTokens() + " is below max-num-seqs "
                    + scheduler.maxNumSeqs() + "; raise the first or lower the second");
        }
    }

    private static BackendProvider usableProvider(String name) {
        List<String> names = new ArrayList<>();
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.name().equals(name)) {
                provider.unavailableReason().ifPresent(reason -> {
                    throw UserInputException.machine("backend " + name + " cannot run here: " + reason);
                });
                return provider;
            }
            names.add(provider.name());
        }
        names.sort(Comparator.naturalOrder());
        throw UserInputException.usage("no backend '" + name + "'; there are " + String.join(", ", names));
    }

    /// How memory is divided.
    public MemoryPlan memoryPlan() {
        return memory;
    }

    /// What executes the steps.
    public DeviceInfo device() {
        return backend.device();
    }

    /// Runs the requests to their end on the wall clock and returns what became of them.
    ///
    /// @param requests       in ascending order of arrival; times are nanoseconds from the run's start
    /// @param maxConcurrency most requests open at once: the next arrives when one ends; empty for an open loop
    public RunResult run(List<Request> requests, OptionalInt maxConcurrency) {
        return run(requests, maxConcurrency, StepObserver.NONE);
    }

    /// The same, telling `observer` too, on the engine thread.
    public RunResult run(List<Request> requests, OptionalInt maxConcurrency, StepObserver observer) {
        backend.expectBlocks(blocksUpTo(requests));
        try (StaticEvents _ =
                EngineFacts.publish(config.backend(), config.backendConfig(), scheduler, kvCache, memory, backend.device())) {
            return config.observation().record().isPresent()
                    ? recorded(requests, maxConcurrency, observer)
                    : serve(requests, maxConcurrency, observer);
        }
    }

    /// The KV block below which the requests stay: fresh blocks are taken in ascending order, the null block before them.
    private int blocksUpTo(List<Request> requests) {
        long blocks = 1;
        for (Request request : requests) {
            blocks += Math.ceilDiv((long) request.prompt().length() + request.stopRules().maxTokens(), config.blockSize());
        }
        return (int) Math.min(blocks, kvCache.totalBlocks());
    }

    private RunResult recorded(List<Request> requests, OptionalInt maxConcurrency, StepObserver observer) {
        int every = config.observation().kernelEvery();
        RecordingOptions options = new RecordingOptions(every == 0 ? OptionalInt.empty() : OptionalInt.of(every));
        try (FlightRecording _ = FlightRecording.start(config.observation().record().orElseThrow(), options)) {
            JvmCompilers.settle();
            return serve(requests, maxConcurrency, observer);
        } catch (IOException e) {
            throw UserInputException.input(
                    config.observation().record().orElseThrow().toString(),
                    "",
                    "the recording cannot be written (" + e.getMessage() + ")",
                    "choose another file");
        }
    }

    private RunResult serve(List<Request> requests, OptionalInt maxConcurrency, StepObserver observer) {
        Optional<IterationWindow> window = config.observation().window();
        if (window.isEmpty()) {
            return serve(backend, requests, maxConcurrency, observer);
        }
        CaptureRange range = CaptureRange.of(nvtx(config));
        try (CaptureWindow captured = new CaptureWindow(backend, range, window.get().first(), window.get().last())) {
            return serve(captured, requests, maxConcurrency, observer);
        }
    }

    private RunResult serve(StepExecutor executor, List<Request> requests, OptionalInt maxConcurrency, StepObserver observer) {
        WallClock clock = new WallClock();
        boolean hashed = config.prefixCaching() && config.observation().prefixHashes();
        Collector collector = new Collector(clock, hashed ? config.blockSize() : 0);
        StepLoop loop = new StepLoop(
                new Scheduler(scheduler, kvCache),
                executor,
                clock,
                new WorkloadArrivals(requests, maxConcurrency),
                new StepObservers(collector.events, new StepObservers(collector, new StepObservers(collector.tracker, observer))));
        loop.run();
        return new RunResult(
                collector.timelines,
                collector.interTokens,
                collector.rejections,
                collector.iterations,
                collector.lastResultNanos,
                memory,
                backend.device());
    }

    @Override
    public void close() {
        backend.close();
    }

    /// Gathers a run's result.
    private static final class Collector implements StepObserver {
        private final EventObserver events;
        private final InterTokenTimes interTokens = new InterTokenTimes();
        private final List<RequestTimeline> timelines = new ArrayList<>();
        private final List<Rejection> rejections = new ArrayList<>();
        private final RequestTracker tracker;
        private long iterations;
        private long lastResultNanos;

        Collector(WallClock clock, int hashedBlockSize) {
            events = new EventObserver(hashedBlockSize);
            tracker = new RequestTracker(
                    timeline -> {
                        timelines.add(timeline);
                        events.ended(timeline, clock.nanos());
                    },
                    interTokens::add);
        }

        @Override
        public void rejected(Request request, String reason, long nowNanos) {
            rejections.add(new Rejection(request.id(), reason));
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            iterations++;
            lastResultNanos = timing.resultNanos();
        }
    }
}
