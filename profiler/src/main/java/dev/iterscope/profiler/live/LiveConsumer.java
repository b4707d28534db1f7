package dev.iterscope.profiler.live;

import java.time.Instant;

/// Is told what a running engine does, up to about a second later. All calls come from one thread, in the order of the
/// events' ends.
public interface LiveConsumer {

    /// The engine's configuration, first before any step and again in every chunk of the stream.
    default void engine(LiveEngine engine) {}

    /// A step.
    default void iteration(LiveIteration iteration) {}

    /// A request that came to its end.
    default void request(LiveRequest request) {}

    /// All events before this time were delivered; comes about every second, also when nothing happens.
    default void upTo(Instant time) {}

    /// Nothing follows.
    default void end() {}
}
