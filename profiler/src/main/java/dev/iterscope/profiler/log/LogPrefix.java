package dev.iterscope.profiler.log;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// vLLM's log prefix, `(EngineCore_DP0 pid=2010410) INFO 12-22 21:44:40 [core.py:349] `: local time without a year, to
/// the second.
public final class LogPrefix {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss", Locale.ROOT);

    private final String processId;
    private final DateTimeFormatter time;
    private long cachedSecond = Long.MIN_VALUE;
    private String cachedTime = "";

    /// @param processId number of the process that the lines are about
    /// @param zone zone of the local time
    public LogPrefix(long processId, ZoneId zone) {
        this.processId = Long.toString(processId);
        this.time = TIME.withZone(zone);
    }

    /// The prefix of this process, in the zone of this machine.
    public static LogPrefix ofThisProcess() {
        return new LogPrefix(ProcessHandle.current().pid(), ZoneId.systemDefault());
    }

    /// Begins a line of the engine process of a data-parallel rank.
    void engineCore(StringBuilder line, int engine, Instant at, String place) {
        line.append("(EngineCore_DP").append(engine);
        rest(line, at, place);
    }

    /// Begins a line of the front end.
    void frontend(StringBuilder line, Instant at, String place) {
        line.append("(APIServer");
        rest(line, at, place);
    }

    private void rest(StringBuilder line, Instant at, String place) {
        line.append(" pid=").append(processId).append(") INFO ").append(text(at)).append(" [").append(place).append("] ");
    }

    /// Many lines fall into one second.
    private String text(Instant at) {
        if (at.getEpochSecond() != cachedSecond) {
            cachedSecond = at.getEpochSecond();
            cachedTime = time.format(at);
        }
        return cachedTime;
    }
}
