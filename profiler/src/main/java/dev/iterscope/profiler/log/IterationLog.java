package dev.iterscope.profiler.log;

import dev.iterscope.profiler.live.LiveConsumer;
import dev.iterscope.profiler.live.LiveEngine;
import dev.iterscope.profiler.live.LiveIteration;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One line per iteration in one of vLLM's forms ([IterationLogForm]).
///
/// The elapsed time is the step's own part of the wall clock. vLLM prints there how long the engine waited for the
/// result, which under async scheduling is near 0 for every other step.
///
/// A log that cannot keep up with the engine leaves lines out rather than fall ever further behind, and says how many.
/// Iterations that the Flight Recorder itself lost are told by the gap in their numbers, once the stream was flushed twice without them: a
/// buffer that is handed over late brings its iterations with the next flush, behind later ones.
public final class IterationLog implements LiveConsumer {

    /// How far the log may be behind the engine before it leaves lines out.
    public static final Duration DEFAULT_MAX_LAG = Duration.ofSeconds(5);

    private final IterationLogForm form;
    private final LogPrefix prefix;
    private final Consumer<String> sink;
    private final Duration maxLag;
    private final InstantSource clock;
    private final StringBuilder line = new StringBuilder(256);
    private OptionalInt blockSize = OptionalInt.empty();
    private OptionalInt first = OptionalInt.empty();
    private int highest;
    private BitSet missing = new BitSet();
    private BitSet overdue = new BitSet();
    private long skipped;
    private @Nullable Instant lastSkipped;

    /// A log that writes lines, without their line ends, to a sink.
    public IterationLog(IterationLogForm form, LogPrefix prefix, Consumer<String> sink) {
        this(form, prefix, sink, DEFAULT_MAX_LAG, InstantSource.system());
    }

    /// @param maxLag how far behind the engine it may be
    /// @param clock what now is
    IterationLog(
            IterationLogForm form, LogPrefix prefix, Consumer<String> sink, Duration maxLag, InstantSource clock) {
        this.form = form;
        this.prefix = prefix;
        this.sink = sink;
        this.maxLag = maxLag;
        this.clock = clock;
    }

    @Override
    public void engine(LiveEngine engine) {
        blockSize = OptionalInt.of(engine.blockSize());
    }

    @Override
    public void iteration(LiveIteration iteration) {
        count(iteration.iteration());
        if (Duration.between(iteration.end(), clock.instant()).compareTo(maxLag) > 0) {
            skipped++;
            lastSkipped = iteration.end();
            return;
        }
        tellSkipped();
        sink.accept(format(iteration));
    }

    @Override
    public void upTo(Instant time) {
        tellLost(time);
    }

    @Override
    public void end() {
        tellSkipped();
        Instant now = clock.instant();
        tellLost(now);
        tellLost(now);
    }

    private String format(LiveIteration iteration) {
        Optional<LiveIteration.Detail> detail = iteration.detail();
        line.setLength(0);
        begin(iteration.end(), detail.map(LiveIteration.Detail::engine).orElse(0));
        line.append("Iteration(")
                .append(iteration.iteration())
                .append("): ")
                .append(iteration.contextRequests())
                .append(" context requests, ")
                .append(iteration.contextTokens())
                .append(" context tokens, ")
                .append(iteration.generationRequests())
                .append(" generation requests, ")
                .append(iteration.generationTokens())
                .append(" generation tokens, iteration elapsed time: ");
        Decimals.millis(line, iteration.duration());
        line.append(" ms");
        switch (form) {
            case PLAIN -> {}
            case KV -> appendKv(iteration);
            case FRONTEND -> appendFrontend(iteration);
        }
        if (detail.isPresent() && detail.get().dummy()) {
            line.append(" (dummy)");
        }
        return line.toString();
    }

    private void begin(Instant at, int engine) {
        if (form != IterationLogForm.FRONTEND) {
            prefix.engineCore(line, engine, at, form.place());
            return;
        }
        prefix.frontend(line, at, form.place());
        line.append("Engine ");
        EngineNumber.append(line, engine);
        line.append(": ");
    }

    private void appendKv(LiveIteration iteration) {
        line.append(", kv cache: ");
        Decimals.percent(line, iteration.kvBlocksUsed(), iteration.kvBlocksTotal());
        line.append(" (")
                .append(iteration.kvBlocksUsed())
                .append('/')
                .append(iteration.kvBlocksTotal())
                .append(" blocks");
        OptionalInt tokens = allocatedTokens(iteration);
        if (tokens.isPresent()) {
            line.append(", ").append(tokens.getAsInt()).append(" tokens");
        }
        line.append(')');
    }

    private void appendFrontend(LiveIteration iteration) {
        line.append(", GPU KV cache usage: ");
        Decimals.percent(line, iteration.kvBlocksUsed(), iteration.kvBlocksTotal());
        iteration.detail().filter(detail -> detail.encoderInputs() > 0).ifPresent(detail -> line
                .append(", encoder inputs: ")
                .append(detail.encoderInputs())
                .append(", encoder output embeddings: ")
                .append(detail.encoderTokens()));
    }

    private OptionalInt allocatedTokens(LiveIteration iteration) {
        OptionalInt told = iteration.detail().map(LiveIteration.Detail::kvTokensAllocated).orElse(OptionalInt.empty());
        if (told.isPresent() || blockSize.isEmpty()) {
            return told;
        }
        return OptionalInt.of(iteration.kvBlocksUsed() * blockSize.getAsInt());
    }

    /// Numbers count from the first that was seen.
    private void count(int number) {
        if (first.isEmpty()) {
            first = OptionalInt.of(number);
            highest = number;
        }
        int from = number - first.getAsInt();
        if (from >= 0 && number <= highest) {
            missing.clear(from);
            overdue.clear(from);
        } else if (from >= 0) {
            missing.set(highest + 1 - first.getAsInt(), from);
            highest = number;
        }
    }

    private void tellLost(Instant at) {
        if (!overdue.isEmpty()) {
            tell(at, overdue.cardinality(), "were lost by the Flight Recorder");
        }
        overdue = missing;
        missing = new BitSet();
    }

    private void tellSkipped() {
        if (skipped > 0 && lastSkipped != null) {
            tell(lastSkipped, skipped, "were left out, since this log was behind the engine");
            skipped = 0;
        }
    }

    private void tell(Instant at, long count, String what) {
        line.setLength(0);
        begin(at, 0);
        sink.accept(line.append(count).append(" iterations ").append(what).toString());
    }
}
