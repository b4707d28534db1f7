package dev.iterscope.engine;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.kvcache.KvCacheConfig.FreeOrder;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.step.StepTimes;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// Everything that an [Engine] is opened with. Start from [#defaults] and change what differs.
///
/// @param backend       `cpu`, `cuda` or `emulated`: the name of a backend found by ServiceLoader
/// @param model         architecture
/// @param weights       folder of a checkpoint; empty for dummy weights made from `seed`
/// @param scheduler     limits and policies; its `maxModelLen` is lowered to what the model and the KV cache hold
/// @param blockSize     tokens in a KV block
/// @param kvBlocks      blocks of the pool, the null block included, where fixed; else as many as `memoryBytes` leaves room for
/// @param prefixCaching whether full blocks are found again by content
/// @param freeOrder     which freed block is reused first
/// @param kvType        element type of the KV cache
/// @param memoryBytes   weights, activations and KV together
/// @param threads       threads that execute a step
/// @param seed          seed of dummy weights
/// @param stepTimes     what steps cost; the emulated backend's only
/// @param timeScale     emulated seconds per predicted second, above 0
/// @param observation   what is shown of the run
public record EngineConfig(
        String backend,
        ModelConfig model,
        Optional<Path> weights,
        SchedulerConfig scheduler,
        int blockSize,
        OptionalInt kvBlocks,
        boolean prefixCaching,
        FreeOrder freeOrder,
        DataType kvType,
        long memoryBytes,
        int threads,
        long seed,
        Optional<StepTimes> stepTimes,
        double timeScale,
        ObservationOptions observation) {

    /// What executes the steps unless told otherwise: there on every machine.
    public static final String DEFAULT_BACKEND = "cpu";
    /// Token budget of a step unless told otherwise.
    public static final int DEFAULT_MAX_NUM_BATCHED_TOKENS = 512;
    /// Most running requests unless told otherwise.
    public static final int DEFAULT_MAX_NUM_SEQS = 64;
    /// Tokens in a KV block unless told otherwise.
    public static final int DEFAULT_BLOCK_SIZE = 16;
    /// Weights, activations and KV together unless told otherwise: 2 GiB.
    public static final long DEFAULT_MEMORY_BYTES = 2L << 30;

    /// Checks the ranges that no other type checks.
    public EngineConfig {
        if (blockSize < 1 || threads < 1 || !(timeScale > 0) || memoryBytes < 1) {
            throw new IllegalArgumentException("need blockSize, threads, memoryBytes >= 1 and timeScale > 0: " + blockSize + ", "
                    + threads + ", " + memoryBytes + ", " + timeScale);
        }
    }

    /// The command line's defaults: backend `cpu`, dummy weights of seed 0, MBNT 512, max-num-seqs 64, block size 16, 2 GiB, a
    /// thread per processor; prefix caching, asynchronous scheduling and full-ISL reservation on.
    public static EngineConfig defaults(ModelConfig model) {
        SchedulerConfig scheduler = SchedulerConfig.of(
                DEFAULT_MAX_NUM_BATCHED_TOKENS, DEFAULT_MAX_NUM_SEQS, model.maxModelLen())
                .withAsyncScheduling(true)
                .withReserveFullIsl(true);
        return new EngineConfig(
                DEFAULT_BACKEND,
                model,
                Optional.empty(),
                scheduler,
                DEFAULT_BLOCK_SIZE,
                OptionalInt.empty(),
                true,
                FreeOrder.APPEND_ALL,
                DataType.BF16,
                DEFAULT_MEMORY_BYTES,
                Runtime.getRuntime().availableProcessors(),
                0,
                Optional.empty(),
                1.0,
                ObservationOptions.DEFAULT);
    }

    /// What the backend is opened with.
    public BackendConfig backendConfig() {
        return new BackendConfig(
                model,
                weights,
                scheduler.maxNumBatchedTokens(),
                scheduler.maxNumSeqs(),
                blockSize,
                kvBlocks,
                kvType,
                memoryBytes,
                threads,
                seed,
                stepTimes,
                timeScale);
    }

    /// The same on another backend.
    public EngineConfig withBackend(String name) {
        return copy(name, weights, scheduler, blockSize, kvBlocks, prefixCaching, observation);
    }

    /// The same with the weights of a checkpoint.
    public EngineConfig withWeights(Path directory) {
        return copy(backend, Optional.of(directory), scheduler, blockSize, kvBlocks, prefixCaching, observation);
    }

    /// The same with other limits and policies.
    public EngineConfig withScheduler(SchedulerConfig config) {
        return copy(backend, weights, config, blockSize, kvBlocks, prefixCaching, observation);
    }

    /// The same with another block size.
    public EngineConfig withBlockSize(int tokens) {
        return copy(backend, weights, scheduler, tokens, kvBlocks, prefixCaching, observation);
    }

    /// The same with a fixed number of KV blocks, the null block included.
    public EngineConfig withKvBlocks(int blocks) {
        return copy(backend, weights, scheduler, blockSize, OptionalInt.of(blocks), prefixCaching, observation);
    }

    /// The same with or without prefix caching.
    public EngineConfig withPrefixCaching(boolean caching) {
        return copy(backend, weights, scheduler, blockSize, kvBlocks, caching, observation);
    }

    /// The same with other observation.
    public EngineConfig withObservation(ObservationOptions options) {
        return copy(backend, weights, scheduler, blockSize, kvBlocks, prefixCaching, options);
    }

    /// The same with another element type of the KV cache.
    public EngineConfig withKvType(DataType type) {
        return withResources(type, memoryBytes, threads, seed);
    }

    /// The same with other memory.
    public EngineConfig withMemoryBytes(long bytes) {
        return withResources(kvType, bytes, threads, seed);
    }

    /// The same with another number of threads.
    public EngineConfig withThreads(int count) {
        return withResources(kvType, memoryBytes, count, seed);
    }

    /// The same with other dummy weights.
    public EngineConfig withSeed(long weightSeed) {
        return withResources(kvType, memoryBytes, threads, weightSeed);
    }

    /// The same on the emulated backend: steps take what `times` says, scaled.
    public EngineConfig emulating(StepTimes times, double scale) {
        return new EngineConfig(
                "emulated",
                model,
                weights,
                scheduler,
                blockSize,
                kvBlocks,
                prefixCaching,
                freeOrder,
                kvType,
                memoryBytes,
                threads,
                seed,
                Optional.of(times),
                scale,
                observation);
    }

    private EngineConfig withResources(DataType type, long bytes, int threadCount, long weightSeed) {
        return new EngineConfig(
                backend,
                model,
                weights,
                scheduler,
                blockSize,
                kvBlocks,
                prefixCaching,
                freeOrder,
                type,
                bytes,
                threadCount,
                weightSeed,
                stepTimes,
                timeScale,
                observation);
    }

    private EngineConfig copy(
            String backendName,
            Optional<Path> directory,
            SchedulerConfig schedulerConfig,
            int tokensPerBlock,
            OptionalInt blocks,
            boolean caching,
            ObservationOptions options) {
        return new EngineConfig(
                backendName,
                model,
                directory,
                schedulerConfig,
                tokensPerBlock,
                blocks,
                caching,
                freeOrder,
                kvType,
                memoryBytes,
                threads,
                seed,
                stepTimes,
                timeScale,
                options);
    }
}
