package dev.iterscope.profiler.event;

import java.util.List;
import jdk.jfr.FlightRecorder;

/// Writes what does not change while an engine runs ([EngineConfigEvent], [ModelEvent], [DeviceEvent]) now and at the
/// begin of every chunk, until it is closed. A recording that was cut at either end can then still be read.
public final class StaticEvents implements AutoCloseable {

    private final EngineDescription engine;
    private final ModelDescription model;
    private final List<DeviceDescription> devices;
    private final Runnable writeEngine;
    private final Runnable writeModel;
    private final Runnable writeDevices;

    private StaticEvents(EngineDescription engine, ModelDescription model, List<DeviceDescription> devices) {
        this.engine = engine;
        this.model = model;
        this.devices = List.copyOf(devices);
        this.writeEngine = engine::commit;
        this.writeModel = model::commit;
        this.writeDevices = this::commitDevices;
    }

    /// Publishes the descriptions of one engine.
    ///
    /// @return to be closed when the engine stops
    public static StaticEvents publish(
            EngineDescription engine, ModelDescription model, List<DeviceDescription> devices) {
        StaticEvents events = new StaticEvents(engine, model, devices);
        FlightRecorder.addPeriodicEvent(EngineConfigEvent.class, events.writeEngine);
        FlightRecorder.addPeriodicEvent(ModelEvent.class, events.writeModel);
        FlightRecorder.addPeriodicEvent(DeviceEvent.class, events.writeDevices);
        events.commitNow();
        return events;
    }

    /// Stops writing them.
    @Override
    public void close() {
        FlightRecorder.removePeriodicEvent(writeEngine);
        FlightRecorder.removePeriodicEvent(writeModel);
        FlightRecorder.removePeriodicEvent(writeDevices);
    }

    /// The chunk that is open now began before the descriptions were known.
    private void commitNow() {
        engine.commit();
        model.commit();
        commitDevices();
    }

    private void commitDevices() {
        devices.forEach(DeviceDescription::commit);
    }
}
