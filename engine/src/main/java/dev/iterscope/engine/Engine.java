package dev.iterscope.engine;

import dev.iterscope.engine.RunResult.Rejection;
import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendProvider;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.kvcache.KvCacheConfig;
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
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepObservers;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.engine.step.WorkloadArrivals;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.profiler.event.StaticEvents;
import dev.iterscope.profiler.nvtx.NvtxTool;
import dev.iterscope.profiler.recording.FlightRecording;
import dev.iterscope.profiler.recording.RecordingOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;

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
    private final RangeObserver ranges;

    private Engine(
            EngineConfig config,
            SchedulerConfig scheduler,
            KvCacheConfig kvCache,
            MemoryPlan memory,
            Backend backend,
            RangeObserver ranges) {
        this.config = config;
        this.scheduler = scheduler;
        this.kvCache = kvCache;
        this.memory = memory;
        this.backend = backend;
        this.ranges = ranges;
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
        NvtxTool tool = config.observation().nvtx() ? NvtxTool.system() : NvtxTool.none();
        RangeObserver ranges =
                RangeObserver.of(tool, config.observation().nvtxLayers(), window(config.observation()), loading::loaded);
        Backend backend = provider.open(config.backendConfig(), memory, ranges);
        ranges.captureWith(backend);
        try {
            backend.warmUp();
        } catch (RuntimeException | Error e) {
            backend.close();
            throw e;
        }
        return new Engine(config, config.scheduler(), kvCache, memory, backend, ranges);
    }

    private static Optional<RangeObserver.Window> window(ObservationOptions options) {
        return options.window().map(window -> new RangeObserver.Window(window.first(), window.last()));
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
        try (StaticEvents _ =
                EngineFacts.publish(config.backend(), config.backendConfig(), scheduler, kvCache, memory, backend.device())) {
            return config.observation().record().isPresent()
                    ? recorded(requests, maxConcurrency, observer)
                    : serve(requests, maxConcurrency, observer);
        }
    }

    private RunResult recorded(List<Request> requests, OptionalInt maxConcurrency, StepObserver observer) {
        int every = config.observation().kernelEvery();
        RecordingOptions options = new RecordingOptions(every == 0 ? OptionalInt.empty() : OptionalInt.of(every));
        try (FlightRecording _ = FlightRecording.start(config.observation().record().orElseThrow(), options)) {
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
        WallClock clock = new WallClock();
        boolean hashed = config.prefixCaching() && config.observation().prefixHashes();
        Collector collector = new Collector(clock, hashed ? config.blockSize() : 0);
        StepLoop loop = new StepLoop(
                new Scheduler(scheduler, kvCache),
                backend,
                clock,
                new WorkloadArrivals(requests, maxConcurrency),
                new StepObservers(collector.events, new StepObservers(collector, new StepObservers(collector.tracker, observer))));
        try {
            loop.run();
        } finally {
            // All steps are executed: the executing thread opens and closes no range any more.
            ranges.endCapture();
        }
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
