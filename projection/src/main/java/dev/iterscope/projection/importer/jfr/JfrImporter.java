package dev.iterscope.projection.importer.jfr;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Source;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// Reads flight recordings: those of our engine, with the JDK's own events about pauses, and those that were imported from elsewhere.
public final class JfrImporter implements Importer {

    /// Times before 1980 are those of an imported log that said no year.
    private static final long EARLIEST_EPOCH_NANOS = 10L * 365 * 86_400 * 1_000_000_000;

    /// Magic, major and minor version.
    private static final int VERSION_END = 8;

    private final KernelKinds kinds;

    /// An importer of one recording.
    ///
    /// @param kinds what kernels do whose events do not say it
    public JfrImporter(KernelKinds kinds) {
        this.kinds = kinds;
    }

    @Override
    public String kind() {
        return "jfr";
    }

    @Override
    public boolean recognises(Source source) {
        return source.headText().startsWith("FLR\0");
    }

    /// @throws UserInputException for a recording of a format before 2
    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        requireFormat(source);
        Provenance provenance = new Provenance(into);
        Map<String, EventMapper> mappers = mappers(into, provenance);
        new JfrDecoder(new Dispatch(mappers), into.warnings()).decode(source.file());
        mappers.values().forEach(EventMapper::finish);
        into.sortStepsByTime();
        into.clock(into.firstNanos().orElse(0) < EARLIEST_EPOCH_NANOS ? ClockOrigin.OWN : ClockOrigin.EPOCH);
        provenance.kind().ifPresent(kind -> into.importedFrom(kind, provenance.files()));
    }

    /// JDK 7 and 8 wrote format 0.9, JDK 9 and 10 wrote 1.0: other layouts, which are whole files all the same.
    private static void requireFormat(Source source) {
        String head = source.headText();
        if (head.length() < VERSION_END) {
            return;
        }
        int major = head.charAt(4) << 8 | head.charAt(5);
        int minor = head.charAt(6) << 8 | head.charAt(7);
        if (major < ChunkHeader.FORMAT && head.length() >= ChunkHeader.BYTES) {
            throw UserInputException.input(source.name(), "", "is a flight recording of format " + major + "." + minor
                    + ", which JDKs before 11 write; it is whole, but only format 2 can be read", "record it with JDK 11 or later");
        }
    }

    private Map<String, EventMapper> mappers(RecordingBuilder into, Provenance provenance) {
        IterationMapper iterations = new IterationMapper(into);
        RequestMapper requests = new RequestMapper(into, provenance);
        SettingsMapper settings = new SettingsMapper(into);
        Map<String, EventMapper> mappers = new HashMap<>(PauseMappers.of(into));
        mappers.put("iterscope.Source", provenance);
        mappers.put("iterscope.Warning", provenance.warning());
        mappers.put("iterscope.Iteration", iterations);
        mappers.put("iterscope.IterationDetail", iterations.detail());
        mappers.put("iterscope.Kernel", new KernelMapper(into, provenance, kinds));
        mappers.put("iterscope.RequestArrival", requests.arrival());
        mappers.put("iterscope.Request", requests);
        mappers.put("iterscope.Preemption", new PreemptionMapper(into));
        mappers.put("iterscope.Interval", new IntervalMapper(into));
        mappers.put("iterscope.EngineConfig", settings);
        mappers.put("iterscope.Model", settings.model());
        mappers.put("iterscope.Device", settings.device());
        return mappers;
    }

    /// Hands events to the mapper of their type.
    private record Dispatch(Map<String, EventMapper> mappers) implements EventVisitor {

        @Override
        public boolean wants(String typeName) {
            return mappers.containsKey(typeName);
        }

        @Override
        public void event(EventRow row) {
            EventMapper mapper = mappers.get(row.name());
            if (mapper != null) {
                mapper.take(row);
            }
        }
    }
}
