package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.LogClock;
import java.util.OptionalLong;

/// What stands before the message of a line: process, level, time, file.
///
/// `(EngineCore_DP1 pid=1205) INFO 07-09 03:15:05 [v1/engine/core.py:359] ...`; a log collector may print its own date instead:
/// `2026-05-11T03:10:40.181045Z  INFO loggers.log: ...`.
final class LinePrefix {

    /// Longest prefix that a time is looked for in.
    private static final int LONGEST = 160;

    private final LogClock clock = new LogClock();
    private int lastAt;

    /// The clock that times are put on.
    LogClock clock() {
        return clock;
    }

    /// The time printed before a place in the line. Where a line says two (a collector's and vLLM's own), the first counts.
    OptionalLong timeBefore(String line, int limit) {
        int end = Math.min(limit, LONGEST);
        if (lastAt < end && isMonthDayAt(line, lastAt) && !isDateAt(line, lastAt - 5)) {
            return clock.monthDayTime(line, lastAt);
        }
        for (int i = 0; i < end; i++) {
            if (isDateAt(line, i)) {
                return clock.dateTime(line, i);
            }
            if (isMonthDayAt(line, i)) {
                lastAt = i;
                return clock.monthDayTime(line, i);
            }
        }
        return OptionalLong.empty();
    }

    /// The rank in `(EngineCore_DP1 pid=...`, or 0 where the process has none.
    static int rankOf(String line) {
        int at = line.indexOf("_DP");
        int open = line.indexOf(')');
        if (at < 0 || (open >= 0 && at > open)) {
            return 0;
        }
        int rank = 0;
        for (int i = at + 3; i < line.length() && Character.isDigit(line.charAt(i)) && rank < 10_000; i++) {
            rank = rank * 10 + line.charAt(i) - '0';
        }
        return rank;
    }

    /// The process id in `(EngineCore_DP1 pid=1205)`, or -1.
    static long pidOf(String line) {
        int at = line.indexOf("pid=");
        if (at < 0 || at > LONGEST) {
            return -1;
        }
        long pid = 0;
        int i = at + 4;
        for (; i < line.length() && i < at + 14 && Character.isDigit(line.charAt(i)); i++) {
            pid = pid * 10 + line.charAt(i) - '0';
        }
        return i == at + 4 ? -1 : pid;
    }

    private static boolean isMonthDayAt(String line, int i) {
        return i + 14 <= line.length()
                && line.charAt(i + 2) == '-'
                && line.charAt(i + 5) == ' '
                && line.charAt(i + 8) == ':'
                && line.charAt(i + 11) == ':';
    }

    private static boolean isDateAt(String line, int i) {
        return i >= 0
                && i + 19 <= line.length()
                && line.charAt(i + 4) == '-'
                && line.charAt(i + 7) == '-'
                && line.charAt(i + 13) == ':'
                && line.charAt(i + 16) == ':';
    }
}
