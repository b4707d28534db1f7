package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.nvtx.PayloadSchema.Field;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A step's counts as a structured payload, in reused native memory. The fields have the names of the JFR event's.
final class StepPayload {

    static final PayloadSchema SCHEMA = new PayloadSchema(
            "iterscope.Iteration",
            48,
            PayloadSchema.FLAG_NONE,
            List.of(
                    new Field("iteration", "Number of the step", PayloadSchema.Type.UINT64, 0),
                    new Field("contextRequests", "Requests in the context phase", PayloadSchema.Type.INT32, 8),
                    new Field("contextTokens", "Tokens computed for them", PayloadSchema.Type.INT32, 12),
                    new Field("generationRequests", "Requests in the generation phase", PayloadSchema.Type.INT32, 16),
                    new Field("generationTokens", "Tokens computed for them", PayloadSchema.Type.INT32, 20),
                    new Field("kvBlocksUsed", "KV blocks that live requests hold", PayloadSchema.Type.INT32, 24),
                    new Field("kvBlocksTotal", "KV blocks that requests can hold", PayloadSchema.Type.INT32, 28),
                    new Field("kvTokensHeld", "Live tokens in the used blocks", PayloadSchema.Type.INT32, 32),
                    new Field("runningRequests", "Admitted requests", PayloadSchema.Type.INT32, 36),
                    new Field("waitingRequests", "Requests that wait for admission", PayloadSchema.Type.INT32, 40),
                    new Field("preemptions", "Requests preempted while planning", PayloadSchema.Type.INT32, 44)));

    private final MemorySegment values;
    private final MemorySegment data;

    StepPayload(Arena arena) {
        values = arena.allocate(SCHEMA.bytes(), 8);
        data = arena.allocate(24, 8);
        data.set(JAVA_LONG, 8, SCHEMA.bytes());
        data.set(ADDRESS, 16, values);
    }

    /// The `nvtxPayloadData_t` of a step.
    ///
    /// @param schema number that the tool gave the schema
    MemorySegment of(IterationCounts counts, long schema) {
        data.set(JAVA_LONG, 0, schema);
        values.set(JAVA_LONG, 0, counts.iteration());
        values.set(JAVA_INT, 8, counts.contextRequests());
        values.set(JAVA_INT, 12, counts.contextTokens());
        values.set(JAVA_INT, 16, counts.generationRequests());
        values.set(JAVA_INT, 20, counts.generationTokens());
        values.set(JAVA_INT, 24, counts.kvBlocksUsed());
        values.set(JAVA_INT, 28, counts.kvBlocksTotal());
        values.set(JAVA_INT, 32, counts.kvTokensHeld());
        values.set(JAVA_INT, 36, counts.runningRequests());
        values.set(JAVA_INT, 40, counts.waitingRequests());
        values.set(JAVA_INT, 44, counts.preemptions());
        return data;
    }
}
