package dev.iterscope.engine.schedule;

/// A sequence that lost its blocks while a step was planned, so that another could go on.
///
/// @param sequence          the sequence, now waiting again
/// @param blocksFreed       blocks that it held; shared ones may still be in use by others
/// @param tokensToRecompute tokens whose KV it had: what it computes again, unless the prefix cache still has it
public record Preemption(Sequence sequence, int blocksFreed, int tokensToRecompute) {}
