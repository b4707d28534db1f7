package dev.iterscope.projection.export.table;

import dev.iterscope.projection.recording.KernelRecord;
import java.util.List;

/// Kernel executions as `iterscope.Kernel`.
final class KernelTable {

    private KernelTable() {}

    static EventTable<KernelRecord> of(List<KernelRecord> kernels) {
        Columns<KernelRecord> columns = new Columns<>();
        columns.text("kernel", KernelRecord::name);
        columns.text("kind", kernel -> kernel.kind().label());
        columns.optionalInt("layer", KernelRecord::layer);
        columns.optionalCount("iteration", KernelRecord::iteration);
        columns.optionalInt("m", KernelRecord::m);
        columns.optionalInt("n", KernelRecord::n);
        columns.optionalInt("k", KernelRecord::k);
        columns.optionalInt("tokens", KernelRecord::tokens);
        columns.optionalCount("kvTokens", KernelRecord::kvTokens);
        columns.optionalReal("flops", KernelRecord::flops);
        columns.optionalReal("bytes", KernelRecord::bytes);
        columns.optionalInt("device", KernelRecord::device);
        columns.optionalCount("stream", KernelRecord::stream);
        columns.optionalNanos("deviceStart", KernelRecord::startNanos);
        columns.nanos("deviceTime", KernelRecord::timeNanos);
        if (kernels.stream().anyMatch(kernel -> kernel.engine() != 0)) {
            columns.count("engine", KernelRecord::engine);
        }
        return columns.table("iterscope.Kernel", kernels, KernelRecord::startNanos, KernelRecord::timeNanos, KernelRecord::engine);
    }
}
