package dev.iterscope.projection.report;

import java.util.Optional;
import java.util.OptionalDouble;

/// One kernel, or all kernels of one name, in a report.
///
/// @param name                   kernel
/// @param kind                   what it does
/// @param calls                  executions seen
/// @param shareOfTime            its part of all kernel time, 0..1
/// @param model                  model fitted to it, in words; empty for none
/// @param mapePercent            that model's mean absolute error
/// @param boundBy                `compute` or `memory`, where work and device are known
/// @param achievedFractionOfPeak speed as a share of that bound, 0..1
public record KernelRow(
        String name,
        String kind,
        long calls,
        double shareOfTime,
        Optional<String> model,
        OptionalDouble mapePercent,
        Optional<String> boundBy,
        OptionalDouble achievedFractionOfPeak) {}
