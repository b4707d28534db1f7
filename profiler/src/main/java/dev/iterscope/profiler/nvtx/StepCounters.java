package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.nvtx.PayloadSchema.Field;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A step's state as one group of counters, which tools draw as curves, in reused native memory.
final class StepCounters {

    static final PayloadSchema SCHEMA = new PayloadSchema(
            "iterscope.State",
            24,
            PayloadSchema.FLAG_COUNTER_GROUP,
            List.of(
                    new Field("kvUsagePercent", "Share of the KV blocks in use", PayloadSchema.Type.DOUBLE, 0),
                    new Field("kvTokensHeld", "Live tokens in the KV cache", PayloadSchema.Type.INT32, 8),
                    new Field("runningRequests", "Admitted requests", PayloadSchema.Type.INT32, 12),
                    new Field("waitingRequests", "Requests that wait for admission", PayloadSchema.Type.INT32, 16)));

    private static final int ATTRIBUTE_BYTES = 56;
    private static final long SCOPE_PROCESS = 21;
    private static final String NAME = "engine state";
    private static final String DESCRIPTION = "KV cache and queues after each step was planned";

    private final MemorySegment values;

    StepCounters(Arena arena) {
        values = arena.allocate(SCHEMA.bytes(), 8);
    }

    /// The `nvtxCounterAttr_t` of the group.
    ///
    /// @param schema number that the tool gave the schema
    static MemorySegment attributes(long schema, Arena arena) {
        MemorySegment attributes = arena.allocate(ATTRIBUTE_BYTES, 8);
        attributes.set(JAVA_LONG, 0, ATTRIBUTE_BYTES);
        attributes.set(JAVA_LONG, 8, schema);
        attributes.set(ADDRESS, 16, arena.allocateFrom(NAME));
        attributes.set(ADDRESS, 24, arena.allocateFrom(DESCRIPTION));
        attributes.set(JAVA_LONG, 32, SCOPE_PROCESS);
        return attributes;
    }

    /// The values of a step.
    MemorySegment of(IterationCounts counts) {
        values.set(JAVA_DOUBLE, 0, 100.0 * counts.kvUsage());
        values.set(JAVA_INT, 8, counts.kvTokensHeld());
        values.set(JAVA_INT, 12, counts.runningRequests());
        values.set(JAVA_INT, 16, counts.waitingRequests());
        return values;
    }
}
