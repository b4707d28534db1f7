package dev.iterscope.profiler.event;

import java.util.List;
import java.util.stream.Collectors;

/// How an engine is configured; written as [EngineConfigEvent], which documents each value.
public record EngineDescription(
        Limits limits,
        KvCache kvCache,
        Scheduling scheduling,
        Parallelism parallelism,
        Implementation implementation) {

    /// Limits of one step and of one request, in tokens and requests.
    public record Limits(int maxNumBatchedTokens, int maxNumSeqs, int maxModelLen, int longPrefillTokenThreshold) {}

    /// The paged KV cache. `blocksTotal` is without the null block.
    public record KvCache(int blockSize, int blocksTotal, long bytes, String dtype, boolean prefixCaching) {}

    /// Choices of the scheduler. `policy` is `fcfs` or `priority`; `watermark` the share of blocks that admission keeps free, 0 to 1.
    public record Scheduling(
            String policy, boolean async, boolean chunkedPrefill, boolean reserveFullIsl, double watermark) {}

    /// Over how many devices the engine is spread; 1 each on one device.
    public record Parallelism(int tensor, int pipeline, int data) {

        /// One device.
        public static final Parallelism NONE = new Parallelism(1, 1, 1);
    }

    /// Which program computes the steps. `captureSizes` are the batch sizes of captured kernel graphs.
    public record Implementation(
            String engineName, String engineVersion, String backend, String attentionBackend, List<Integer> captureSizes) {

        /// Copies the list.
        public Implementation {
            captureSizes = List.copyOf(captureSizes);
        }
    }

    void commit() {
        EngineConfigEvent event = new EngineConfigEvent();
        event.maxNumBatchedTokens = limits.maxNumBatchedTokens;
        event.maxNumSeqs = limits.maxNumSeqs;
        event.maxModelLen = limits.maxModelLen;
        event.longPrefillTokenThreshold = limits.longPrefillTokenThreshold;
        event.blockSize = kvCache.blockSize;
        event.kvBlocksTotal = kvCache.blocksTotal;
        event.kvCacheBytes = kvCache.bytes;
        event.kvCacheDtype = kvCache.dtype;
        event.prefixCaching = kvCache.prefixCaching;
        event.policy = scheduling.policy;
        event.asyncScheduling = scheduling.async;
        event.chunkedPrefill = scheduling.chunkedPrefill;
        event.reserveFullIsl = scheduling.reserveFullIsl;
        event.watermark = scheduling.watermark;
        event.tensorParallelSize = parallelism.tensor;
        event.pipelineParallelSize = parallelism.pipeline;
        event.dataParallelSize = parallelism.data;
        event.engineName = implementation.engineName;
        event.engineVersion = implementation.engineVersion;
        event.backend = implementation.backend;
        event.attentionBackend = implementation.attentionBackend;
        event.captureSizes =
                implementation.captureSizes.stream().map(String::valueOf).collect(Collectors.joining(","));
        event.commit();
    }
}
