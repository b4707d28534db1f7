package dev.iterscope.engine.backend.cpu;

import org.jspecify.annotations.Nullable;

/// Weights of one decoder layer. Projections that share their input are one matrix: query, key, value; gate, up.
///
/// @param inputNorm     RMS norm before attention
/// @param qkv           query, key and value projections side by side
/// @param qkvBias       their bias, for families that have one
/// @param queryNorm     RMS norm of each query head, for families that have one
/// @param keyNorm       RMS norm of each key head, for families that have one
/// @param output        attention's output projection
/// @param postNorm      RMS norm before the MLP
/// @param gateUp        gate and up projections side by side
/// @param down          down projection
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record LayerWeights(
        float[] inputNorm,
        PackedMatrix qkv,
        float @Nullable [] qkvBias,
        float @Nullable [] queryNorm,
        float @Nullable [] keyNorm,
        PackedMatrix output,
        float[] postNorm,
        PackedMatrix gateUp,
        PackedMatrix down) {}
