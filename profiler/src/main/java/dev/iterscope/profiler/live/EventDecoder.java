package dev.iterscope.profiler.live;

import dev.iterscope.profiler.event.Unknown;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import jdk.jfr.consumer.RecordedEvent;

/// Turns events of our schema into records.
final class EventDecoder {

    private EventDecoder() {}

    static LiveEngine engine(RecordedEvent event) {
        return new LiveEngine(event.getInt("blockSize"), event.getInt("kvBlocksTotal"));
    }

    static LiveIteration iteration(RecordedEvent event) {
        return new LiveIteration(
                event.getEndTime(),
                event.getDuration(),
                event.getInt("iteration"),
                event.getInt("contextRequests"),
                event.getInt("contextTokens"),
                event.getInt("generationRequests"),
                event.getInt("generationTokens"),
                event.getInt("kvBlocksUsed"),
                event.getInt("kvBlocksTotal"),
                event.getInt("kvTokensHeld"),
                event.getInt("runningRequests"),
                event.getInt("waitingRequests"),
                event.getInt("preemptions"),
                Optional.empty());
    }

    static LiveIteration withDetail(LiveIteration iteration, RecordedEvent event) {
        return new LiveIteration(
                iteration.end(),
                iteration.duration(),
                iteration.iteration(),
                iteration.contextRequests(),
                iteration.contextTokens(),
                iteration.generationRequests(),
                iteration.generationTokens(),
                iteration.kvBlocksUsed(),
                iteration.kvBlocksTotal(),
                iteration.kvTokensHeld(),
                iteration.runningRequests(),
                iteration.waitingRequests(),
                iteration.preemptions(),
                Optional.of(new LiveIteration.Detail(
                        event.getInt("engine"),
                        count(event, "kvTokensAllocated"),
                        count(event, "recomputedTokens"),
                        count(event, "prefixQueriedTokens"),
                        count(event, "prefixHitTokens"),
                        event.getInt("encoderInputs"),
                        event.getInt("encoderTokens"),
                        event.getBoolean("dummy"))));
    }

    static LiveRequest request(RecordedEvent event) {
        return new LiveRequest(
                event.getInt("promptTokens"),
                event.getInt("outputTokens"),
                duration(event, "queueTime"),
                duration(event, "timeToFirstToken"),
                duration(event, "meanTimePerOutputToken"),
                Duration.ofNanos(event.getLong("endToEnd")),
                String.valueOf(event.getString("finishReason")));
    }

    private static OptionalInt count(RecordedEvent event, String field) {
        int value = event.getInt(field);
        return value == Unknown.INT ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static Optional<Duration> duration(RecordedEvent event, String field) {
        long nanos = event.getLong(field);
        return nanos == Unknown.LONG ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
    }
}
