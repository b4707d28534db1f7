package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Pause;
import java.util.HashMap;
import java.util.Map;

/// Times in which the JVM could not work, from the JDK's own events: pauses of the garbage collector, other safepoints, and throttling
/// by the container's CPU quota.
final class PauseMappers {

    private PauseMappers() {}

    /// The mappers by the name of their event.
    static Map<String, EventMapper> of(RecordingBuilder into) {
        Map<String, EventMapper> mappers = new HashMap<>();
        mappers.put("jdk.GCPhasePause", new GcPause(into));
        mappers.put("jdk.ExecuteVMOperation", new VmOperation(into));
        mappers.put("jdk.ContainerCPUThrottling", new Throttling(into));
        mappers.put("iterscope.Pause", new Imported(into));
        return mappers;
    }

    /// `jdk.GCPhasePause`.
    private static final class GcPause extends EventMapper {
        private final RecordingBuilder into;
        private final Column start = column("startTime");
        private final Column duration = column("duration");

        private GcPause(RecordingBuilder into) {
            this.into = into;
        }

        @Override
        void map(EventRow row) {
            into.add(new Pause("gc", start.integer(row, 0), duration.integer(row, 0)));
        }
    }

    /// `jdk.ExecuteVMOperation`, those at a safepoint that are not the garbage collector's.
    private static final class VmOperation extends EventMapper {
        private final RecordingBuilder into;
        private final Column start = column("startTime");
        private final Column duration = column("duration");
        private final Column operation = column("operation");
        private final Column safepoint = column("safepoint");

        private VmOperation(RecordingBuilder into) {
            this.into = into;
        }

        @Override
        void map(EventRow row) {
            String name = operation.text(row);
            boolean collector = name.contains("GC") || name.contains("G1") || name.contains("Collect") || name.startsWith("Z")
                    || name.startsWith("Shenandoah");
            if (safepoint.flag(row) && !collector) {
                into.add(new Pause("safepoint", start.integer(row, 0), duration.integer(row, 0)));
            }
        }
    }

    /// `jdk.ContainerCPUThrottling`: a running sum, sampled every 30 s. What was added between two samples is a pause somewhere
    /// between them; it is put at their start, since nothing says where it was.
    private static final class Throttling extends EventMapper {
        private final RecordingBuilder into;
        private final Column start = column("startTime");
        private final Column throttled = column("cpuThrottledTime");
        private long lastTime = Long.MIN_VALUE;
        private long lastSum;

        private Throttling(RecordingBuilder into) {
            this.into = into;
        }

        @Override
        void map(EventRow row) {
            long sum = throttled.integer(row, 0);
            if (lastTime != Long.MIN_VALUE && sum > lastSum) {
                into.add(new Pause("throttle", lastTime, sum - lastSum));
                into.warnings().add("cpu-throttled", "the container's CPU quota held the process back between two samples");
            }
            lastTime = start.integer(row, 0);
            lastSum = sum;
        }
    }

    /// `iterscope.Pause` of an imported recording.
    private static final class Imported extends EventMapper {
        private final RecordingBuilder into;
        private final Column start = column("startTime");
        private final Column duration = column("duration");
        private final Column kind = column("kind");

        private Imported(RecordingBuilder into) {
            this.into = into;
        }

        @Override
        void map(EventRow row) {
            into.add(new Pause(kind.text(row), start.integer(row, 0), duration.integer(row, 0)));
        }
    }
}
