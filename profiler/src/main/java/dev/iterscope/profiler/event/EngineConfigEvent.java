package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/// How the engine is configured: what a reader must know to replay the scheduler. Written at the start and in every
/// chunk, so that any piece of a recording explains itself.
@Name(EngineConfigEvent.NAME)
@Label("Engine Configuration")
@Category("LLM Serving")
@Description("Limits, KV cache, parallelism and scheduling options of the engine")
@Period("beginChunk")
@StackTrace(false)
public final class EngineConfigEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.EngineConfig";

    @Label("Max Batched Tokens")
    @Description("max-num-batched-tokens: most tokens scheduled in one step")
    int maxNumBatchedTokens;

    @Label("Max Sequences")
    @Description("max-num-seqs: most requests in one step")
    int maxNumSeqs;

    @Label("Max Model Length")
    @Description("max-model-len: most tokens of one request, prompt and output together")
    int maxModelLen;

    @Label("Block Size")
    @Description("Tokens in one KV block")
    int blockSize;

    @Label("KV Blocks Total")
    @Description("KV blocks that requests can hold; vLLM's null block is not among them")
    int kvBlocksTotal;

    @Label("KV Cache Size")
    @Description("Memory of the KV cache")
    @DataAmount
    long kvCacheBytes;

    @Label("KV Cache Type")
    @Description("Element type of the KV cache")
    String kvCacheDtype = "";

    @Label("Async Scheduling")
    @Description("Whether the next step is planned while one computes")
    boolean asyncScheduling;

    @Label("Prefix Caching")
    @Description("Whether full blocks are kept and shared by their content")
    boolean prefixCaching;

    @Label("Chunked Prefill")
    @Description("Whether a prompt may be computed over several steps")
    boolean chunkedPrefill;

    @Label("Reserve Full Input")
    @Description("scheduler-reserve-full-isl: whether a request is admitted only if its whole prompt fits")
    boolean reserveFullIsl;

    @Label("Watermark")
    @Description("Share of the KV blocks that admission keeps free while other requests run")
    @Percentage
    double watermark;

    @Label("Long Prefill Threshold")
    @Description("long-prefill-token-threshold: most tokens of one prompt in a step; 0 for no limit")
    int longPrefillTokenThreshold;

    @Label("Policy")
    @Description("Order of admission: fcfs or priority")
    String policy = "";

    @Label("Tensor Parallel")
    @Description("Devices that share each layer")
    int tensorParallelSize;

    @Label("Pipeline Parallel")
    @Description("Stages that the layers are split into")
    int pipelineParallelSize;

    @Label("Data Parallel")
    @Description("Engines that share the requests")
    int dataParallelSize;

    @Label("Backend")
    @Description("What computes the steps: cpu, cuda or emulated; an emulated backend only repeats a time table")
    String backend = "";

    @Label("Attention Backend")
    @Description("Implementation of attention")
    String attentionBackend = "";

    @Label("Capture Sizes")
    @Description("Batch sizes that kernel graphs are captured for, separated by commas; empty for none")
    String captureSizes = "";

    @Label("Engine Name")
    @Description("Engine that was recorded")
    String engineName = "";

    @Label("Engine Version")
    @Description("Version of that engine")
    String engineVersion = "";
}
