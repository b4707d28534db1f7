package dev.iterscope.projection.importer.source;

import java.time.LocalDate;
import java.time.MonthDay;
import java.util.Optional;
import java.util.OptionalLong;

/// Turns the timestamps of a log into one clock.
///
/// A log that prints no year (vLLM's `%m-%d %H:%M:%S`) counts from the midnight before its first line, so that the time of day can
/// still be read off, and goes on counting over New Year. A log that prints the year counts from the epoch. Times are taken as UTC,
/// since no engine prints its zone.
public final class LogClock {

    /// A leap year, since a log without years may hold 29 February.
    private static final int ASSUMED_YEAR = 2000;
    private static final long DAY_NANOS = 86_400_000_000_000L;
    private static final int HALF_A_YEAR_DAYS = 183;

    private String lastText = "";
    private long lastNanos;
    private int year = ASSUMED_YEAR;
    private boolean yearKnown;
    private boolean started;
    private long originDay;
    private long lastDay;

    /// Whether times are since the epoch.
    public boolean yearKnown() {
        return yearKnown;
    }

    /// The day whose midnight times count from, where the log prints no year.
    public Optional<MonthDay> firstDay() {
        LocalDate day = LocalDate.ofEpochDay(originDay);
        return started && !yearKnown ? Optional.of(MonthDay.of(day.getMonth(), day.getDayOfMonth())) : Optional.empty();
    }

    /// The time of `MM-dd HH:mm:ss` in a line, or empty if there is none at that place.
    public OptionalLong monthDayTime(String line, int at) {
        if (at < 0 || at + 14 > line.length()) {
            return OptionalLong.empty();
        }
        if (line.startsWith(lastText, at) && !lastText.isEmpty() && !digitAt(line, at + lastText.length())) {
            return OptionalLong.of(lastNanos);
        }
        int month = two(line, at);
        int day = two(line, at + 3);
        long nanos = timeOfDay(line, at + 6);
        if (line.charAt(at + 2) != '-' || line.charAt(at + 5) != ' ' || nanos < 0 || month < 1 || month > 12 || day < 1 || day > 31) {
            return OptionalLong.empty();
        }
        lastNanos = (dayNumber(month, day) - originDay) * DAY_NANOS + nanos;
        lastText = line.substring(at, at + 14);
        return OptionalLong.of(lastNanos);
    }

    /// The time of `yyyy-MM-dd HH:mm:ss` or `yyyy-MM-ddTHH:mm:ss` with an optional fraction, or empty if there is none at that place.
    public OptionalLong dateTime(String line, int at) {
        if (at < 0 || at + 19 > line.length() || line.charAt(at + 4) != '-' || line.charAt(at + 7) != '-') {
            return OptionalLong.empty();
        }
        char separator = line.charAt(at + 10);
        int century = two(line, at);
        int yearOfCentury = two(line, at + 2);
        int month = two(line, at + 5);
        int day = two(line, at + 8);
        long nanos = timeOfDay(line, at + 11);
        if ((separator != ' ' && separator != 'T') || century < 0 || yearOfCentury < 0 || nanos < 0 || month < 1 || month > 12 || day < 1
                || day > 31) {
            return OptionalLong.empty();
        }
        if (!started) {
            yearKnown = true;
            started = true;
            originDay = 0;
        }
        year = yearKnown ? century * 100 + yearOfCentury : year;
        lastDay = yearKnown ? LocalDate.of(year, month, 1).toEpochDay() + day - 1 : dayNumber(month, day);
        return OptionalLong.of((lastDay - originDay) * DAY_NANOS + nanos + fraction(line, at + 19));
    }

    /// The time of `HH:mm:ss` on the day of the line before, or the next day when the time went back by half a day.
    public OptionalLong timeOnly(String line, int at) {
        long nanos = timeOfDay(line, at);
        if (nanos < 0) {
            return OptionalLong.empty();
        }
        long time = (lastDay - originDay) * DAY_NANOS + nanos;
        if (time < lastNanos - DAY_NANOS / 2) {
            lastDay++;
            time += DAY_NANOS;
        }
        lastNanos = time;
        return OptionalLong.of(time);
    }

    private long dayNumber(int month, int day) {
        long number = LocalDate.of(year, month, 1).toEpochDay() + day - 1;
        if (!started) {
            started = true;
            originDay = number;
        } else if (number < lastDay - HALF_A_YEAR_DAYS) {
            year++;
            number = LocalDate.of(year, month, 1).toEpochDay() + day - 1;
        } else if (number > lastDay + HALF_A_YEAR_DAYS && year > ASSUMED_YEAR) {
            // A line of the old year that was printed late.
            return LocalDate.of(year - 1, month, 1).toEpochDay() + day - 1;
        }
        lastDay = number;
        return number;
    }

    private static long timeOfDay(String line, int at) {
        if (at + 8 > line.length() || line.charAt(at + 2) != ':' || line.charAt(at + 5) != ':') {
            return -1;
        }
        int hour = two(line, at);
        int minute = two(line, at + 3);
        int second = two(line, at + 6);
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
            return -1;
        }
        return (hour * 3600L + minute * 60L + second) * 1_000_000_000L;
    }

    private static long fraction(String line, int at) {
        if (at >= line.length() || (line.charAt(at) != '.' && line.charAt(at) != ',')) {
            return 0;
        }
        long unit = 100_000_000;
        long nanos = 0;
        for (int i = at + 1; digitAt(line, i) && unit > 0; i++) {
            nanos += (line.charAt(i) - '0') * unit;
            unit /= 10;
        }
        return nanos;
    }

    private static int two(String line, int at) {
        return digitAt(line, at) && digitAt(line, at + 1) ? (line.charAt(at) - '0') * 10 + line.charAt(at + 1) - '0' : -1;
    }

    private static boolean digitAt(String line, int at) {
        return at < line.length() && line.charAt(at) >= '0' && line.charAt(at) <= '9';
    }
}
