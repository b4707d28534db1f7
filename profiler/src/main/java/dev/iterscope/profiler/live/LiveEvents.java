package dev.iterscope.profiler.live;

import dev.iterscope.profiler.event.EngineConfigEvent;
import dev.iterscope.profiler.event.IterationDetailEvent;
import dev.iterscope.profiler.event.IterationEvent;
import dev.iterscope.profiler.event.RequestEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import jdk.jfr.FlightRecorder;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.jspecify.annotations.Nullable;

/// Follows the engine in this process through the Flight Recorder's event stream and tells consumers of it, on a thread
/// of its own. The engine thread does nothing for it but commit its events.
public final class LiveEvents implements AutoCloseable {

    private final RecordingStream stream;
    private final List<LiveConsumer> consumers;
    private @Nullable LiveIteration withoutDetail;

    private LiveEvents(RecordingStream stream, List<LiveConsumer> consumers) {
        this.stream = stream;
        this.consumers = List.copyOf(consumers);
    }

    /// Starts following. Events committed before are not delivered.
    ///
    /// @throws IOException if this JVM cannot stream events
    public static LiveEvents start(List<LiveConsumer> consumers) throws IOException {
        if (!FlightRecorder.isAvailable()) {
            throw new IOException("this JVM has no Flight Recorder");
        }
        RecordingStream stream = new RecordingStream();
        LiveEvents live = new LiveEvents(stream, consumers);
        live.subscribe();
        stream.startAsync();
        return live;
    }

    /// Stops, after everything that was committed until now has been delivered. The last calls to the consumers come
    /// from this thread.
    @Override
    public void close() {
        try (stream) {
            stream.stop();
        }
        deliverPending();
        consumers.forEach(LiveConsumer::end);
    }

    private void subscribe() {
        stream.setReuse(true);
        stream.setOrdered(true);
        on(EngineConfigEvent.NAME, event -> {
            LiveEngine engine = EventDecoder.engine(event);
            consumers.forEach(consumer -> consumer.engine(engine));
        });
        on(IterationEvent.NAME, event -> {
            deliverPending();
            withoutDetail = EventDecoder.iteration(event);
        });
        on(IterationDetailEvent.NAME, this::completePending);
        on(RequestEvent.NAME, event -> {
            LiveRequest request = EventDecoder.request(event);
            consumers.forEach(consumer -> consumer.request(request));
        });
        stream.onFlush(() -> {
            Instant now = Instant.now();
            consumers.forEach(consumer -> consumer.upTo(now));
        });
    }

    private void on(String type, Consumer<RecordedEvent> action) {
        stream.enable(type);
        stream.onEvent(type, action);
    }

    /// A step's detail is committed after its result and before the next one, and the stream is ordered by ends, so
    /// that it comes next. A step without one is delivered when the next step comes.
    private void completePending(RecordedEvent detail) {
        if (withoutDetail != null && withoutDetail.iteration() == detail.getInt("iteration")) {
            withoutDetail = EventDecoder.withDetail(withoutDetail, detail);
            deliverPending();
        }
    }

    private void deliverPending() {
        LiveIteration pending = withoutDetail;
        withoutDetail = null;
        if (pending != null) {
            consumers.forEach(consumer -> consumer.iteration(pending));
        }
    }
}
