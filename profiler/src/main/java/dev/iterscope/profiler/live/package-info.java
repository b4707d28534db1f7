/// Following a running engine through its event stream, on another thread than the engine's.
///
/// [dev.iterscope.profiler.live.LiveEvents] reads the stream and hands decoded events to
/// [dev.iterscope.profiler.live.LiveConsumer]s: the logs and the metrics.
@NullMarked
package dev.iterscope.profiler.live;

import org.jspecify.annotations.NullMarked;
