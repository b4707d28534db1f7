package dev.iterscope.projection.recording;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// One kernel execution.
///
/// @param name        kernel name as the source has it
/// @param kind        what it does
/// @param engine      data-parallel rank
/// @param iteration   number of the step it belongs to, if it could be attributed
/// @param layer       decoder layer
/// @param m           rows of the left matrix, or tokens
/// @param n           columns of the result
/// @param k           inner dimension
/// @param tokens      tokens it worked on
/// @param kvTokens    KV tokens it read
/// @param flops       floating-point operations
/// @param bytes       bytes moved
/// @param device      device index
/// @param stream      stream id
/// @param startNanos  start on the recording's clock
/// @param timeNanos   device time
public record KernelRecord(
        String name,
        KernelKind kind,
        int engine,
        OptionalLong iteration,
        OptionalInt layer,
        OptionalInt m,
        OptionalInt n,
        OptionalInt k,
        OptionalInt tokens,
        OptionalLong kvTokens,
        OptionalDouble flops,
        OptionalDouble bytes,
        OptionalInt device,
        OptionalLong stream,
        OptionalLong startNanos,
        long timeNanos) {}
