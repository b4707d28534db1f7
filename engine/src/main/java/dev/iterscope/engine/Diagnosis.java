package dev.iterscope.engine;

import dev.iterscope.engine.observe.ObservationCost;
import dev.iterscope.profiler.nvtx.NvtxStatus;
import dev.iterscope.profiler.nvtx.NvtxTool;
import java.util.List;
import java.util.OptionalDouble;
import jdk.jfr.FlightRecorder;
import jdk.jfr.RecordingState;

/// What of this machine and JVM the engine can use.
///
/// @param jdk              version of the running JDK
/// @param vectorApi        whether the JVM was started with the Vector API module
/// @param processors       processors that the JVM may use
/// @param backends         every backend, usable or not, and what it found
/// @param nvtx             whether an NVTX tool is attached
/// @param flightRecorder   whether this JVM can record
/// @param recordings       recordings that run now
/// @param cost             what observing costs here
public record Diagnosis(
        String jdk,
        boolean vectorApi,
        int processors,
        List<BackendStatus> backends,
        NvtxStatus nvtx,
        boolean flightRecorder,
        int recordings,
        Cost cost) {

    /// What observing costs on this machine, by trying it: nanoseconds per iteration.
    ///
    /// @param idleEventNanos the pair of events of an iteration while nothing records; empty where something does
    /// @param eventNanos     the same while a recording runs; empty where the JVM has no Flight Recorder
    /// @param rangeNanos     an iteration's NVTX ranges, with the tool that is attached or without one
    public record Cost(OptionalDouble idleEventNanos, OptionalDouble eventNanos, double rangeNanos) {
        private static Cost measure() {
            ObservationCost cost = ObservationCost.measure();
            return new Cost(cost.idleEventNanos(), cost.eventNanos(), cost.rangeNanos());
        }
    }

    /// Keeps an unmodifiable copy of the list.
    public Diagnosis {
        backends = List.copyOf(backends);
    }

    /// Looks at everything; loads device libraries where they are, and measures for a fraction of a second.
    public static Diagnosis make() {
        boolean canRecord = FlightRecorder.isAvailable();
        int recordings = canRecord && FlightRecorder.isInitialized() ? running() : 0;
        return new Diagnosis(
                Runtime.version().toString(),
                ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
                Runtime.getRuntime().availableProcessors(),
                Engine.backends(),
                NvtxTool.system().status(),
                canRecord,
                recordings,
                Cost.measure());
    }

    private static int running() {
        return (int) FlightRecorder.getFlightRecorder().getRecordings().stream()
                .filter(recording -> recording.getState() == RecordingState.RUNNING)
                .count();
    }
}
