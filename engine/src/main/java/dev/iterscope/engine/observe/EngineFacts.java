package dev.iterscope.engine.observe;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.profiler.event.DeviceDescription;
import dev.iterscope.profiler.event.DeviceDescription.Rates;
import dev.iterscope.profiler.event.EngineDescription;
import dev.iterscope.profiler.event.EngineDescription.Implementation;
import dev.iterscope.profiler.event.EngineDescription.KvCache;
import dev.iterscope.profiler.event.EngineDescription.Limits;
import dev.iterscope.profiler.event.EngineDescription.Parallelism;
import dev.iterscope.profiler.event.EngineDescription.Scheduling;
import dev.iterscope.profiler.event.ModelDescription;
import dev.iterscope.profiler.event.ModelDescription.Attention;
import dev.iterscope.profiler.event.ModelDescription.Experts;
import dev.iterscope.profiler.event.ModelDescription.Layers;
import dev.iterscope.profiler.event.ModelDescription.Storage;
import dev.iterscope.profiler.event.StaticEvents;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What does not change while an engine runs, as the events `iterscope.EngineConfig`, `iterscope.Model` and `iterscope.Device`.
public final class EngineFacts {
    private EngineFacts() {}

    /// Publishes the facts now and at the begin of every chunk, until the result is closed.
    public static StaticEvents publish(
            String backend,
            BackendConfig config,
            SchedulerConfig scheduler,
            KvCacheConfig kvCache,
            MemoryPlan memory,
            DeviceInfo device) {
        return StaticEvents.publish(
                engine(backend, config, scheduler, kvCache, memory, device),
                model(config.model(), config, memory),
                List.of(device(device, config.threads())));
    }

    private static EngineDescription engine(
            String backend,
            BackendConfig config,
            SchedulerConfig scheduler,
            KvCacheConfig kvCache,
            MemoryPlan memory,
            DeviceInfo device) {
        return new EngineDescription(
                new Limits(
                        scheduler.maxNumBatchedTokens(),
                        scheduler.maxNumSeqs(),
                        scheduler.maxModelLen(),
                        scheduler.longPrefillTokenThreshold()),
                new KvCache(
                        kvCache.blockSize(),
                        kvCache.usableBlocks(),
                        memory.kvBytes(),
                        lower(config.kvType()),
                        kvCache.prefixCaching()),
                new Scheduling(
                        lower(scheduler.policy()),
                        scheduler.asyncScheduling(),
                        scheduler.chunkedPrefill(),
                        scheduler.reserveFullIsl(),
                        scheduler.watermark()),
                Parallelism.NONE,
                new Implementation("iterscope", version(), backend, device.implementation(), List.of()));
    }

    private static ModelDescription model(ModelConfig model, BackendConfig config, MemoryPlan memory) {
        return new ModelDescription(
                model.name(),
                lower(model.architecture()),
                new Layers(
                        model.layers(), model.hiddenSize(), model.intermediateSize(), model.vocabSize(), model.tiedEmbeddings()),
                new Attention(model.heads(), model.kvHeads(), model.headDim()),
                Experts.NONE,
                new Storage(
                        lower(model.weightType()),
                        model.parameters(),
                        memory.weightBytes(),
                        model.kvBytesPerToken(config.kvType())));
    }

    private static DeviceDescription device(DeviceInfo device, int threads) {
        return new DeviceDescription(
                0,
                device.name(),
                device.kind(),
                threads,
                device.memoryBytes().orElse(0),
                new Rates(device.peakFlops(), device.peakBandwidth()),
                new Rates(device.measuredFlops(), device.measuredBandwidth()));
    }

    private static String version() {
        return Optional.ofNullable(EngineFacts.class.getPackage().getImplementationVersion()).orElse("development");
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
