package dev.iterscope.profiler.log;

import dev.iterscope.profiler.live.LiveConsumer;
import dev.iterscope.profiler.live.LiveIteration;
import dev.iterscope.profiler.live.LiveRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// vLLM's line every ten seconds: `Engine 000: Avg prompt throughput: 102.4 tokens/s, Avg generation throughput: 112.7
/// tokens/s, Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.4%, Prefix cache hit rate: 49.2%`.
///
/// Prompt tokens count when they are computed; vLLM counts all of a prompt when its last chunk is computed, which is
/// the same over a run but comes in bursts. A request's first token, which its last context step yields, counts when
/// the request ends. The prefix-cache hit rate is that of the last [#HIT_RATE_WINDOW] steps that looked something up.
/// Like vLLM, it is silent while nothing happens.
public final class IntervalLog implements LiveConsumer {

    /// Time between two lines, vLLM's default.
    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);

    /// Steps that the hit rate is taken over.
    public static final int HIT_RATE_WINDOW = 1000;

    private static final String PLACE = "loggers.py:259";

    private final LogPrefix prefix;
    private final Consumer<String> sink;
    private final Duration interval;
    private final HitRate hitRate = new HitRate(HIT_RATE_WINDOW);
    private final StringBuilder line = new StringBuilder(256);
    private @Nullable Instant begin;
    private @Nullable LiveIteration latest;
    private long promptTokens;
    private long generationTokens;
    private boolean silent = true;

    /// A log that writes lines, without their line ends, to a sink.
    public IntervalLog(LogPrefix prefix, Consumer<String> sink, Duration interval) {
        this.prefix = prefix;
        this.sink = sink;
        this.interval = interval;
    }

    @Override
    public void iteration(LiveIteration iteration) {
        if (begin == null) {
            begin = iteration.end().minus(iteration.duration());
        }
        lineIfDue(iteration.end());
        promptTokens += iteration.contextTokens();
        generationTokens += iteration.generationTokens();
        iteration.detail().ifPresent(hitRate::add);
        latest = iteration;
    }

    @Override
    public void request(LiveRequest request) {
        if (request.timeToFirstToken().isPresent()) {
            generationTokens++;
        }
    }

    @Override
    public void upTo(Instant time) {
        lineIfDue(time);
    }

    private void lineIfDue(Instant now) {
        if (begin == null || latest == null || Duration.between(begin, now).compareTo(interval) < 0) {
            return;
        }
        boolean nothing = promptTokens == 0 && generationTokens == 0;
        // The first interval without tokens is still told, so that a reader sees the engine come to rest.
        if (!nothing || !silent) {
            sink.accept(format(now, Duration.between(begin, now), latest, nothing));
        }
        silent = nothing;
        begin = now;
        promptTokens = 0;
        generationTokens = 0;
    }

    private String format(Instant now, Duration span, LiveIteration last, boolean nothing) {
        double seconds = span.toNanos() / 1e9;
        line.setLength(0);
        prefix.frontend(line, now, PLACE);
        line.append("Engine ");
        EngineNumber.append(line, last.detail().map(LiveIteration.Detail::engine).orElse(0));
        line.append(": Avg prompt throughput: ");
        Decimals.rate(line, promptTokens / seconds);
        line.append(" tokens/s, Avg generation throughput: ");
        Decimals.rate(line, generationTokens / seconds);
        // After the last step nothing runs any more; the step's own figures are those before its outcome.
        line.append(" tokens/s, Running: ")
                .append(nothing ? 0 : last.runningRequests())
                .append(" reqs, Waiting: ")
                .append(nothing ? 0 : last.waitingRequests())
                .append(" reqs, GPU KV cache usage: ");
        Decimals.percent(line, nothing ? 0 : last.kvBlocksUsed(), last.kvBlocksTotal());
        line.append(", Prefix cache hit rate: ");
        Decimals.percent(line, hitRate.hits(), hitRate.queries());
        return line.toString();
    }
}
