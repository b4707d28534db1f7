package dev.iterscope.profiler.live;

import java.time.Duration;
import java.util.Optional;

/// A request at its end as the event stream shows it.
///
/// @param promptTokens length of the prompt
/// @param outputTokens tokens generated
/// @param queueTime from arrival to its first step
/// @param timeToFirstToken from arrival to the first token
/// @param timePerOutputToken mean over the tokens after the first
/// @param endToEnd from arrival to the end
/// @param finishReason stop, length, abort or error
public record LiveRequest(
        int promptTokens,
        int outputTokens,
        Optional<Duration> queueTime,
        Optional<Duration> timeToFirstToken,
        Optional<Duration> timePerOutputToken,
        Duration endToEnd,
        String finishReason) {}
