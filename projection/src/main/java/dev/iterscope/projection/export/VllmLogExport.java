package dev.iterscope.projection.export;

import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A recording as vLLM's log lines, in order of time, so that scripts written for them work on any engine's recording.
///
/// Iterations with block counts get the proposal's `kv cache:` part, those with a share only the frontend's `GPU KV cache usage:`, others
/// the plain form. Times are UTC.
public final class VllmLogExport {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private VllmLogExport() {}

    /// Writes the lines.
    ///
    /// @return how many iterations had no time, and stand at the end without one
    public static long write(Recording recording, Appendable to) throws IOException {
        List<Line> lines = new ArrayList<>();
        recording.iterations().forEach(step -> lines.add(new Line(step.endNanos(), step, null)));
        recording.intervals().forEach(interval -> lines.add(new Line(interval.endNanos(), null, interval)));
        lines.sort(Comparator.comparingLong(line -> line.time.orElse(Long.MAX_VALUE)));
        long blockSize = recording.settings().blockSize().orElse(0);
        StringBuilder text = new StringBuilder(256);
        long withoutTime = 0;
        for (Line line : lines) {
            text.setLength(0);
            if (line.step != null) {
                append(text, line.step, blockSize);
                withoutTime += line.time.isEmpty() ? 1 : 0;
            } else if (line.interval != null) {
                append(text, line.interval);
            }
            to.append(text).append('\n');
        }
        return withoutTime;
    }

    private static void append(StringBuilder text, Iteration step, long blockSize) {
        boolean frontend = step.kv().isPresent() && !hasBlocks(step.kv().get()) && step.kv().get().share().isPresent();
        text.append(frontend ? "(APIServer" : "(EngineCore_DP" + step.engine()).append(" pid=1) INFO ").append(time(step.endNanos()));
        text.append(frontend ? " [loggers.py:273] " + engine(step.engine()) : " [core.py:387] ");
        text.append("Iteration(").append(step.number().orElse(0)).append("): ");
        text.append(step.contextRequests()).append(" context requests, ").append(step.contextTokens()).append(" context tokens, ");
        text.append(step.generationRequests()).append(" generation requests, ").append(step.generationTokens())
                .append(" generation tokens, ");
        text.append("iteration elapsed time: ");
        decimals(text, step.elapsedNanos().orElse(0) / 1e6, 2);
        text.append(" ms");
        step.kv().ifPresent(kv -> append(text, kv, step, blockSize));
        step.detail().ifPresent(detail -> {
            if (frontend && detail.encoderInputs().orElse(0) > 0) {
                text.append(", encoder inputs: ").append(detail.encoderInputs().getAsLong());
                text.append(", encoder output embeddings: ").append(detail.encoderTokens().orElse(0));
            }
        });
        if (step.isDummy()) {
            text.append(" (dummy)");
        }
    }

    private static void append(StringBuilder text, KvUsage kv, Iteration step, long blockSize) {
        if (hasBlocks(kv)) {
            long used = kv.blocksUsed().getAsLong();
            long total = kv.blocksTotal().getAsLong();
            text.append(", kv cache: ");
            decimals(text, total == 0 ? 0 : 100.0 * used / total, 1);
            text.append("% (").append(used).append('/').append(total).append(" blocks, ");
            OptionalLong told = step.detail().map(detail -> detail.kvTokensAllocated()).orElse(OptionalLong.empty());
            text.append(told.orElse(used * blockSize)).append(" tokens)");
        } else if (kv.share().isPresent()) {
            text.append(", GPU KV cache usage: ");
            decimals(text, 100 * kv.share().getAsDouble(), 1);
            text.append('%');
        }
    }

    private static boolean hasBlocks(KvUsage kv) {
        return kv.blocksUsed().isPresent() && kv.blocksTotal().isPresent();
    }

    private static void append(StringBuilder text, Interval interval) {
        text.append("(APIServer pid=1) INFO ").append(time(interval.endNanos())).append(" [loggers.py:259] ")
                .append(engine(interval.engine()));
        text.append("Avg prompt throughput: ");
        decimals(text, interval.promptThroughput().orElse(0), 1);
        text.append(" tokens/s, Avg generation throughput: ");
        decimals(text, interval.generationThroughput().orElse(0), 1);
        text.append(" tokens/s, Running: ").append(interval.running().orElse(0)).append(" reqs, Waiting: ")
                .append(interval.waiting().orElse(0));
        text.append(" reqs");
        percent(text, ", GPU KV cache usage: ", interval.kvUsage());
        percent(text, ", Prefix cache hit rate: ", interval.prefixHitRate());
    }

    private static void percent(StringBuilder text, String name, OptionalDouble share) {
        if (share.isPresent()) {
            text.append(name);
            decimals(text, 100 * share.getAsDouble(), 1);
            text.append('%');
        }
    }

    private static String engine(int engine) {
        return String.format(Locale.ROOT, "Engine %03d: ", engine);
    }

    private static String time(OptionalLong nanos) {
        return TIME.format(Instant.ofEpochSecond(Math.floorDiv(nanos.orElse(0), 1_000_000_000L)));
    }

    private static void decimals(StringBuilder text, double value, int digits) {
        text.append(String.format(Locale.ROOT, digits == 1 ? "%.1f" : "%.2f", value));
    }

    /// A line to be written.
    private record Line(OptionalLong time, @Nullable Iteration step, @Nullable Interval interval) {}
}
