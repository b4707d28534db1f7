package dev.iterscope.profiler.event;

import java.util.List;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;

/// All event types of the schema.
public final class ServingSchema {

    private static final List<Class<? extends Event>> TYPES = List.of(
            IterationEvent.class,
            IterationDetailEvent.class,
            KernelEvent.class,
            RequestArrivalEvent.class,
            RequestEvent.class,
            PreemptionEvent.class,
            IntervalEvent.class,
            EngineConfigEvent.class,
            ModelEvent.class,
            DeviceEvent.class,
            DeviceSampleEvent.class);

    private ServingSchema() {}

    /// The event classes, the most important first.
    public static List<Class<? extends Event>> types() {
        return TYPES;
    }

    /// Registers every type, so that a recording's metadata names also those of which it holds no event: a reader can
    /// then tell "none happened" from "not recorded". Call it once before the first recording starts; more often does
    /// no harm. Does nothing where the JVM has no Flight Recorder.
    public static void registerAll() {
        if (!FlightRecorder.isAvailable()) {
            return;
        }
        for (Class<? extends Event> type : TYPES) {
            FlightRecorder.register(type);
        }
    }
}
