package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.importer.kernels.KernelShares;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.KernelKind;
import dev.iterscope.projection.recording.KernelRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// `iterscope.Kernel`. Our engine writes 0 for a dimension that a kernel does not have; imported recordings leave unknown ones out.
///
/// Device times have an origin of their own. An event is committed after its kernel has ended, so the smallest distance between the
/// two clocks that any kernel shows puts the device's times on the recording's clock.
final class KernelMapper extends EventMapper {

    private static final Map<String, KernelKind> KINDS = kinds();

    private final RecordingBuilder into;
    private final Provenance provenance;
    private final KernelKinds kinds;
    private final List<KernelRecord> kernels = new ArrayList<>();
    private final KernelShares shares = new KernelShares();
    private long clockDistance = Long.MAX_VALUE;
    private final Column start = column("startTime");
    private final Column kernel = column("kernel");
    private final Column kind = column("kind");
    private final Column engine = column("engine");
    private final Column layer = column("layer");
    private final Column iteration = column("iteration");
    private final Column m = column("m");
    private final Column n = column("n");
    private final Column k = column("k");
    private final Column tokens = column("tokens");
    private final Column kvTokens = column("kvTokens");
    private final Column flops = column("flops");
    private final Column bytes = column("bytes");
    private final Column device = column("device");
    private final Column stream = column("stream");
    private final Column deviceStart = column("deviceStart");
    private final Column deviceTime = column("deviceTime");

    KernelMapper(RecordingBuilder into, Provenance provenance, KernelKinds kinds) {
        this.into = into;
        this.provenance = provenance;
        this.kinds = kinds;
    }

    @Override
    void map(EventRow row) {
        long time = deviceTime.integer(row, -1);
        if (time < 0) {
            into.warnings().add("kernel-without-time", "kernels without a device time were left out");
            return;
        }
        OptionalLong begin = deviceStart.optionalLong(row);
        begin.ifPresent(value -> clockDistance = Math.min(clockDistance, start.integer(row, 0) - value - time));
        KernelRecord record = new KernelRecord(
                kernel.text(row),
                kindOf(row),
                Math.clamp(engine.integer(row, 0), 0, 1 << 20),
                iteration.integer(row, -1) < 0 ? OptionalLong.empty() : iteration.optionalLong(row),
                layer.integer(row, -1) < 0 ? OptionalInt.empty() : layer.optionalInt(row),
                dimension(m, row),
                dimension(n, row),
                dimension(k, row),
                dimension(tokens, row),
                large(kvTokens, row),
                amount(flops, row),
                amount(bytes, row),
                device.optionalInt(row),
                stream.optionalLong(row),
                begin,
                time);
        if (provenance.imported()) {
            into.add(record);
        } else {
            kernels.add(record);
            shares.add(record.name(), record.kind(), time);
        }
    }

    @Override
    void finish() {
        shares.report(into.warnings());
        for (KernelRecord record : kernels) {
            OptionalLong begin = record.startNanos();
            into.add(begin.isEmpty()
                    ? record
                    : new KernelRecord(
                            record.name(),
                            record.kind(),
                            record.engine(),
                            record.iteration(),
                            record.layer(),
                            record.m(),
                            record.n(),
                            record.k(),
                            record.tokens(),
                            record.kvTokens(),
                            record.flops(),
                            record.bytes(),
                            record.device(),
                            record.stream(),
                            OptionalLong.of(begin.getAsLong() + clockDistance),
                            record.timeNanos()));
        }
    }

    /// What the event says. Where it does not know, the kernel's name may tell; the kinds of an imported recording were told from names
    /// when it was imported.
    private KernelKind kindOf(EventRow row) {
        KernelKind said = KINDS.getOrDefault(kind.text(row), KernelKind.OTHER);
        return said == KernelKind.OTHER && !provenance.imported() ? kinds.of(kernel.text(row), true) : said;
    }

    private OptionalInt dimension(Column column, EventRow row) {
        OptionalInt value = column.optionalInt(row);
        return value.isPresent() && !has(value.getAsInt()) ? OptionalInt.empty() : value;
    }

    private OptionalLong large(Column column, EventRow row) {
        OptionalLong value = column.optionalLong(row);
        return value.isPresent() && !has((double) value.getAsLong()) ? OptionalLong.empty() : value;
    }

    private OptionalDouble amount(Column column, EventRow row) {
        OptionalDouble value = column.optionalDouble(row);
        return value.isPresent() && !has(value.getAsDouble()) ? OptionalDouble.empty() : value;
    }

    private boolean has(double value) {
        return value > 0 || (value == 0 && provenance.imported());
    }

    private static Map<String, KernelKind> kinds() {
        Map<String, KernelKind> kinds = new HashMap<>();
        for (KernelKind kind : KernelKind.values()) {
            kinds.put(kind.label(), kind);
        }
        return Map.copyOf(kinds);
    }
}
