package dev.iterscope.engine.backend;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What executes the steps.
///
/// @param name                    processor or GPU name
/// @param kind                    `cpu`, `cuda` or `emulated`
/// @param implementation          chosen code path, for instance `vector-512` or `scalar`
/// @param memoryBytes             device memory
/// @param peakFlops               data-sheet FLOP/s in the weights' type
/// @param peakBandwidth           data-sheet bytes/s
/// @param measuredFlops           measured FLOP/s
/// @param measuredBandwidth       measured bytes/s
public record DeviceInfo(
        String name,
        String kind,
        String implementation,
        OptionalLong memoryBytes,
        OptionalDouble peakFlops,
        OptionalDouble peakBandwidth,
        OptionalDouble measuredFlops,
        OptionalDouble measuredBandwidth) {}
