package dev.iterscope.engine.backend;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.step.StepTimes;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// What a backend is opened with.
///
/// @param model                architecture
/// @param weights              directory of a checkpoint; empty for dummy weights made from `seed`
/// @param maxNumBatchedTokens  most tokens in a step
/// @param maxNumSeqs           most sequences in a step
/// @param blockSize            tokens in a KV block
/// @param kvBlocks             blocks of the pool, the null block included, where the user fixed them
/// @param kvType               element type of the KV cache
/// @param memoryBytes          weights, activations and KV together
/// @param threads              worker threads
/// @param seed                 seed of dummy weights
/// @param stepTimes            what steps cost; only the emulated backend uses it, and cannot do without
/// @param timeScale            emulated seconds per predicted second
public record BackendConfig(
        ModelConfig model,
        Optional<Path> weights,
        int maxNumBatchedTokens,
        int maxNumSeqs,
        int blockSize,
        OptionalInt kvBlocks,
        DataType kvType,
        long memoryBytes,
        int threads,
        long seed,
        Optional<StepTimes> stepTimes,
        double timeScale) {}
