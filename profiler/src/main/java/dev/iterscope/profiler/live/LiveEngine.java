package dev.iterscope.profiler.live;

/// What a consumer needs of the engine's configuration.
///
/// @param blockSize tokens in one KV block
/// @param kvBlocksTotal KV blocks that requests can hold
public record LiveEngine(int blockSize, int kvBlocksTotal) {}
