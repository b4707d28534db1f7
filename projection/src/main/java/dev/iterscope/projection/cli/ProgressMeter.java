package dev.iterscope.projection.cli;

import dev.iterscope.projection.progress.Progress;
import java.util.Locale;

/// Shows progress on standard error once work takes longer than two seconds: a line rewritten in place on a terminal, else a new
/// line every ten seconds. The estimate assumes that the rest goes at the pace so far.
final class ProgressMeter implements Progress, AutoCloseable {
    private static final long QUIET_NANOS = 2_000_000_000L;
    private static final long TERMINAL_NANOS = 200_000_000L;
    private static final long LINE_NANOS = 10_000_000_000L;

    private final Console console;
    private final long startNanos;
    private String what = "";
    private long stageStartNanos;
    private long stageStartDone;
    private long nextNanos;
    private int shownWidth;

    ProgressMeter(Console console) {
        this.console = console;
        this.startNanos = System.nanoTime();
        this.stageStartNanos = startNanos;
        this.nextNanos = startNanos + QUIET_NANOS;
    }

    @Override
    public synchronized void report(String newWhat, long done, long total) {
        long now = System.nanoTime();
        if (!newWhat.equals(what)) {
            what = newWhat;
            stageStartNanos = now;
            stageStartDone = done;
        }
        if (now - nextNanos < 0) {
            return;
        }
        nextNanos = now + (console.terminal() ? TERMINAL_NANOS : LINE_NANOS);
        show(line(done, total, now - stageStartNanos));
    }

    private String line(long done, long total, long elapsedNanos) {
        String share = String.format(Locale.ROOT, "%s: %d of %d (%.0f %%)", what, done, total, 100.0 * done / total);
        // The first report may come with work done already, whose time is not known.
        if (done <= stageStartDone || done >= total) {
            return share;
        }
        double leftSeconds = elapsedNanos / 1e9 * (total - done) / (done - stageStartDone);
        return share + String.format(Locale.ROOT, ", about %s left", seconds(leftSeconds));
    }

    private static String seconds(double value) {
        return value < 90 ? String.format(Locale.ROOT, "%.0f s", Math.max(1, value)) : String.format(Locale.ROOT, "%.0f min", value / 60);
    }

    private void show(String line) {
        if (console.terminal()) {
            console.err().print("\r" + line + " ".repeat(Math.max(0, shownWidth - line.length())));
            shownWidth = line.length();
        } else {
            console.err().println(line);
        }
        console.err().flush();
    }

    /// Clears the line, so that results start on an empty one.
    @Override
    public synchronized void close() {
        if (shownWidth > 0) {
            console.err().print("\r" + " ".repeat(shownWidth) + "\r");
            console.err().flush();
            shownWidth = 0;
        }
    }
}
