package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.profiler.live.LiveConsumer;
import dev.iterscope.profiler.live.LiveEvents;
import dev.iterscope.profiler.log.IntervalLog;
import dev.iterscope.profiler.log.IterationLog;
import dev.iterscope.profiler.log.IterationLogForm;
import dev.iterscope.profiler.log.LogPrefix;
import dev.iterscope.profiler.metrics.EngineMetrics;
import dev.iterscope.profiler.metrics.MetricsEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What is shown of an engine while it runs: the line per step, the line of averages and the Prometheus endpoint, all made from the
/// event stream. Opened before the engine, closed after it.
final class LiveViews implements AutoCloseable {
    /// The event stream delivers once a second.
    private static final double LEAST_INTERVAL_SECONDS = 1;
    private static final double MOST_INTERVAL_SECONDS = 86_400;

    private final @Nullable LiveEvents events;
    private final @Nullable MetricsEndpoint endpoint;

    private LiveViews(@Nullable LiveEvents events, @Nullable MetricsEndpoint endpoint) {
        this.events = events;
        this.endpoint = endpoint;
    }

    /// What was asked for.
    ///
    /// @param form         the form of the line per step
    /// @param statsSeconds time between two lines of averages
    /// @param port         the port of the endpoint
    record Wanted(Optional<String> form, OptionalDouble statsSeconds, OptionalInt port) {}

    /// Opens what was asked for.
    ///
    /// @param model the model's name, for the metrics' labels
    /// @throws UserInputException for an unknown form, an interval or a port out of range, a port that is taken, or a JVM that cannot
    ///                            stream events
    static LiveViews open(Console console, Wanted wanted, String model) {
        List<LiveConsumer> consumers = new ArrayList<>();
        wanted.form.ifPresent(name -> consumers.add(iterationLog(console, name)));
        wanted.form.ifPresent(_ -> consumers.add(new Flush(console)));
        wanted.statsSeconds.ifPresent(seconds -> consumers.add(intervalLog(console, seconds)));
        MetricsEndpoint endpoint = null;
        if (wanted.port.isPresent()) {
            EngineMetrics metrics = new EngineMetrics(model);
            consumers.add(metrics);
            endpoint = endpoint(wanted.port.getAsInt(), metrics);
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
        return new IterationLog(form, LogPrefix.ofThisProcess(), console::noteLater);
    }

    private static IntervalLog intervalLog(Console console, double seconds) {
        if (!(seconds >= LEAST_INTERVAL_SECONDS && seconds <= MOST_INTERVAL_SECONDS)) {
            throw UserInputException.usage("--log-stats must be from 1 to 86400 seconds: " + seconds);
        }
        return new IntervalLog(LogPrefix.ofThisProcess(), console::note, Duration.ofNanos(Math.round(seconds * 1e9)));
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

    /// Lines come by the thousand once a second: they are shown together, not with a call to the system each.
    private record Flush(Console console) implements LiveConsumer {
        @Override
        public void upTo(Instant time) {
            console.flushNotes();
        }

        @Override
        public void end() {
            console.flushNotes();
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
