package dev.iterscope.projection.recording;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The engine's limits as far as the source says them.
///
/// @param engineName           `iterscope`, `vllm`, `tensorrt-llm`, `sglang`
/// @param engineVersion        its version
/// @param maxNumBatchedTokens  token budget
/// @param maxNumSeqs           most running requests
/// @param maxModelLen          longest sequence
/// @param blockSize            tokens in a KV block
/// @param kvBlocks             usable KV blocks
/// @param kvCapacityTokens     tokens that fit into the KV cache
/// @param kvType               element type of the KV cache, the source's word
/// @param asyncScheduling      whether two steps may be in flight
/// @param prefixCaching        whether prefix caching is on
/// @param chunkedPrefill       whether prompts may be split
/// @param reserveFullIsl       whether admission needs room for the whole known sequence
/// @param watermark            share of blocks kept free at admission
/// @param longPrefillTokenThreshold most prompt tokens of one request in a step; 0 for no limit
/// @param policy               order of service, the source's word: `fcfs` or `priority`
/// @param tensorParallel       tensor-parallel ranks
/// @param dataParallel         data-parallel ranks
/// @param pipelineParallel     pipeline stages
/// @param attentionBackend     its name
/// @param captureSizes         CUDA-graph capture sizes, ascending; empty where unknown
/// @param model                model's name or path's last part
/// @param modelFacts           its architecture
/// @param backend              `cpu`, `cuda`, `emulated` for our own engine
/// @param serverArguments      the arguments that the server was started with, as words of its command line without secrets; empty where
///                             the source does not print them, and not part of a `.jfr`
public record Settings(
        Optional<String> engineName,
        Optional<String> engineVersion,
        OptionalInt maxNumBatchedTokens,
        OptionalInt maxNumSeqs,
        OptionalInt maxModelLen,
        OptionalInt blockSize,
        OptionalLong kvBlocks,
        OptionalLong kvCapacityTokens,
        Optional<String> kvType,
        Optional<Boolean> asyncScheduling,
        Optional<Boolean> prefixCaching,
        Optional<Boolean> chunkedPrefill,
        Optional<Boolean> reserveFullIsl,
        OptionalDouble watermark,
        OptionalInt longPrefillTokenThreshold,
        Optional<String> policy,
        OptionalInt tensorParallel,
        OptionalInt dataParallel,
        OptionalInt pipelineParallel,
        Optional<String> attentionBackend,
        List<Integer> captureSizes,
        Optional<String> model,
        Optional<ModelFacts> modelFacts,
        Optional<String> backend,
        List<String> serverArguments) {

    /// Nothing is known.
    public static final Settings UNKNOWN = new Settings(
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalDouble.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());

    /// Keeps unmodifiable copies.
    public Settings {
        captureSizes = List.copyOf(captureSizes);
        serverArguments = List.copyOf(serverArguments);
    }
}
