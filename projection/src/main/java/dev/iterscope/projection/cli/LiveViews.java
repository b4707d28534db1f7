package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.profiler.live.LiveConsumer;
import dev.iterscope.profiler.live.LiveEvents;
import dev.iterscope.profiler.log.IterationLog;
import dev.iterscope.profiler.log.IterationLogForm;
import dev.iterscope.profiler.log.LogPrefix;
import dev.iterscope.profiler.metrics.EngineMetrics;
import dev.iterscope.profiler.metrics.MetricsEndpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is shown of an engine while it runs: the line per step and the Prometheus endpoint, both made from the event stream. Opened
/// before the engine, closed after it.
final class LiveViews implements AutoCloseable {
    private final @Nullable LiveEvents events;
    private final @Nullable MetricsEndpoint endpoint;

    private LiveViews(@Nullable LiveEvents events, @Nullable MetricsEndpoint endpoint) {
        this.events = events;
        this.endpoint = endpoint;
    }

    /// Opens what was asked for.
    ///
    /// @param form  the form of the line per step, if asked for
    /// @param port  the port of the endpoint, if asked for
    /// @param model the model's name, for the metrics' labels
    /// @throws UserInputException for an unknown form, a port out of range or taken, or a JVM that cannot stream events
    static LiveViews open(Console console, Optional<String> form, @Nullable Integer port, String model) {
        List<LiveConsumer> consumers = new ArrayList<>();
        form.ifPresent(name -> consumers.add(iterationLog(console, name)));
        MetricsEndpoint endpoint = null;
        if (port != null) {
            EngineMetrics metrics = new EngineMetrics(model);
            consumers.add(metrics);
            endpoint = endpoint(port, metrics);
            console.note("metrics at http://127.0.0.1:" + endpoint.address().getPort() + "/metrics");
        }
        if (consumers.isEmpty()) {
            return new LiveViews(null, null);
        }
        try {
            return new LiveViews(LiveEvents.start(consumers), endpoint);
        } catch (IOException e) {
            throw UserInputException.machine("this JVM cannot stream Flight Recorder events: " + e.getMessage());
        }
    }

    private static IterationLog iterationLog(Console console, String name) {
        IterationLogForm form = IterationLogForm.of(name)
                .orElseThrow(() -> UserInputException.usage("--log-iterations must be plain, kv or frontend: " + name));
        return new IterationLog(form, LogPrefix.ofThisProcess(), console::note);
    }

    private static MetricsEndpoint endpoint(int port, EngineMetrics metrics) {
        if (port < 0 || port > 65_535) {
            throw UserInputException.usage("--metrics-port must be from 0 to 65535: " + port);
        }
        try {
            return MetricsEndpoint.onLoopback(port, metrics::text);
        } catch (IOException e) {
            throw UserInputException.usage("--metrics-port " + port + " cannot be used (" + e.getMessage() + "); choose another");
        }
    }

    @Override
    public void close() {
        if (events != null) {
            events.close();
        }
        if (endpoint != null) {
            endpoint.close();
        }
    }
}
