package dev.iterscope.projection.importer.merge;

import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Warnings;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import java.time.LocalDate;
import java.time.MonthDay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// Puts sources onto one clock: that of the source whose times say most, the epoch's where one of them knows it.
///
/// What tells two clocks apart or together, the surest first: the same steps in both; a date; a day without a year, which is taken in the
/// year that brings it closest; for a client's measurements, when tokens came. A source for which nothing tells stands behind the others.
final class CommonClock {

    private static final long SECOND = 1_000_000_000L;
    private static final long DAY = 86_400 * SECOND;
    /// Time zones are apart by quarters of an hour.
    private static final long QUARTER = 900 * SECOND;
    private static final long MOST_ZONE = 26 * 3600 * SECOND;
    private static final int HALF_A_YEAR_DAYS = 183;
    private static final int LEAP_YEAR = 2000;
    private static final long LEAP_YEAR_DAYS = 366;
    /// Looking for the same steps reads both lists.
    private static final int MOST_PARTS = 64;
    /// With less of a client's tokens where the server generated some the two saw different runs.
    private static final double LEAST_SHARE = 0.5;

    private final List<Part> parts;
    private final Warnings warnings;
    private final long[] shifts;
    private final boolean[] common;
    private final List<Integer> placed = new ArrayList<>();

    CommonClock(List<Part> parts, Warnings warnings) {
        this.parts = parts;
        this.warnings = warnings;
        this.shifts = new long[parts.size()];
        this.common = new boolean[parts.size()];
        Integer[] order = IntStream.range(0, parts.size()).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparing((Integer i) -> parts.get(i).records().clock()).reversed());
        for (int i : order) {
            place(i);
            placed.add(i);
        }
    }

    /// What brings a source's times onto the common clock.
    long shift(int part) {
        return shifts[part];
    }

    /// Whether a source's times can be compared with those of the others.
    boolean isCommon(int part) {
        return common[part];
    }

    private void place(int i) {
        Part part = parts.get(i);
        OptionalLong first = part.firstNanos();
        if (first.isEmpty()) {
            return;
        }
        if (placed.stream().noneMatch(other -> common[other])) {
            common[i] = true;
            shifts[i] = part.records().clock() == ClockOrigin.DAY ? daysFromFirst(part) * DAY : 0;
            return;
        }
        OptionalLong origin = byOrigin(part, first.getAsLong());
        OptionalLong steps = parts.size() > MOST_PARTS
                ? OptionalLong.empty()
                // Logs of one service have one zone.
                : bySteps(part, origin.isPresent() ? ClockOrigin.EPOCH : ClockOrigin.OWN);
        OptionalLong shift = origin.isEmpty() || isZone(part, origin, steps) ? steps : origin;
        common[i] = shift.isPresent();
        shifts[i] = shift.isPresent() ? shift.getAsLong() : behind(part, first.getAsLong());
    }

    /// Whether the same steps say that a log's local time is that of another zone. A benchmark that was run again has the same steps at
    /// another time.
    private static boolean isZone(Part part, OptionalLong origin, OptionalLong steps) {
        if (part.records().clock() == ClockOrigin.EPOCH || steps.isEmpty()) {
            return false;
        }
        long difference = Math.abs(steps.getAsLong() - origin.orElseThrow());
        long rest = difference % QUARTER;
        return difference <= MOST_ZONE && Math.min(rest, QUARTER - rest) <= 2 * SECOND;
    }

    private OptionalLong byOrigin(Part part, long first) {
        return switch (part.records().clock()) {
            case EPOCH, LOCAL -> OptionalLong.of(0);
            case DAY -> byDay(part, first);
            case OWN -> part.records().iterations().isEmpty() ? byTokens(part) : OptionalLong.empty();
            case UNKNOWN -> OptionalLong.empty();
        };
    }

    /// Steps that a source already placed has, too.
    ///
    /// @param least what the other's clock must at least count from
    private OptionalLong bySteps(Part part, ClockOrigin least) {
        for (Map.Entry<Integer, List<Iteration>> own : part.records().iterations().entrySet()) {
            for (int other : placed) {
                boolean usable = common[other] && parts.get(other).records().clock().compareTo(least) >= 0;
                for (List<Iteration> theirs : usable ? parts.get(other).records().iterations().values() : List.<List<Iteration>>of()) {
                    OptionalInt offset = SameSteps.offset(own.getValue(), theirs);
                    OptionalLong shift = offset.isPresent() ? distance(own.getValue(), theirs, offset.getAsInt()) : OptionalLong.empty();
                    if (shift.isPresent()) {
                        return OptionalLong.of(shift.getAsLong() + shifts[other]);
                    }
                }
            }
        }
        return OptionalLong.empty();
    }

    /// By how much the ends of the same step differ. A log cuts off parts of a second.
    private static OptionalLong distance(List<Iteration> own, List<Iteration> theirs, int offset) {
        for (int i = Math.max(0, -offset); i < own.size() && i + offset < theirs.size(); i++) {
            OptionalLong a = own.get(i).endNanos();
            OptionalLong b = theirs.get(i + offset).endNanos();
            if (a.isPresent() && b.isPresent()) {
                long distance = b.getAsLong() - a.getAsLong();
                return OptionalLong.of(a.getAsLong() % SECOND == 0 ? Math.floorDiv(distance, SECOND) * SECOND : distance);
            }
        }
        return OptionalLong.empty();
    }

    /// A day without a year in the year that brings the source closest to those placed, or so many days from the earliest.
    private OptionalLong byDay(Part part, long first) {
        Optional<MonthDay> day = part.records().day();
        OptionalLong reference = placed.stream().filter(other -> common[other])
                .filter(other -> parts.get(other).records().clock().compareTo(ClockOrigin.DAY) > 0)
                .mapToLong(other -> parts.get(other).firstNanos().orElseThrow() + shifts[other])
                .findFirst();
        if (day.isEmpty()) {
            return OptionalLong.empty();
        }
        if (reference.isEmpty()) {
            return OptionalLong.of(daysFromFirst(part) * DAY);
        }
        int year = LocalDate.ofEpochDay(Math.floorDiv(reference.getAsLong(), DAY)).getYear();
        return IntStream.rangeClosed(year - 1, year + 1).filter(day.get()::isValidYear)
                .mapToLong(candidate -> day.get().atYear(candidate).toEpochDay() * DAY)
                .boxed()
                .min(Comparator.comparingLong(shift -> Math.abs(first + shift - reference.getAsLong())))
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    private OptionalLong byTokens(Part part) {
        List<List<Iteration>> steps = new ArrayList<>();
        List<Interval> intervals = new ArrayList<>();
        for (int other : placed) {
            if (common[other]) {
                Placed at = new Placed(parts.get(other), shifts[other], 0, Map.of(), Map.of());
                parts.get(other).records().iterations().keySet().forEach(engine -> steps.add(at.steps(engine)));
                parts.get(other).records().intervals().forEach(interval -> intervals.add(at.moved(interval)));
            }
        }
        Optional<ClientAlignment.Match> match = new ClientAlignment(part.records().requests(), steps, intervals, hint(part)).find();
        if (match.isEmpty()) {
            return OptionalLong.empty();
        }
        long percent = Math.round(100 * match.get().share());
        if (match.get().share() < LEAST_SHARE) {
            warnings.add("bench-not-in-log", "only " + percent + " % of the tokens of " + part.file()
                    + " fall where the engine generated tokens: is it a result of the same run?");
        } else {
            warnings.add("bench-joined", "the requests of " + part.file() + " stand where their tokens fit the engine's: " + percent
                    + " % of them came when it generated some");
        }
        return OptionalLong.of(match.get().shiftNanos());
    }

    /// When the client began, from the date that its result states.
    private OptionalLong hint(Part part) {
        OptionalLong start = part.records().startedAbout();
        boolean dated = placed.stream()
                .anyMatch(other -> common[other] && parts.get(other).records().clock().compareTo(ClockOrigin.DAY) > 0);
        if (start.isEmpty() || dated) {
            return start;
        }
        Optional<MonthDay> origin = parts.stream().filter(other -> other.records().day().isPresent())
                .filter(other -> daysFromFirst(other) == 0)
                .findFirst()
                .flatMap(other -> other.records().day());
        int year = LocalDate.ofEpochDay(Math.floorDiv(start.getAsLong(), DAY)).getYear();
        return origin.isPresent() && origin.get().isValidYear(year)
                ? OptionalLong.of(start.getAsLong() - origin.get().atYear(year).toEpochDay() * DAY)
                : OptionalLong.empty();
    }

    /// The number of the day that a source counts from, in a year of its own.
    private static long day(Part part) {
        return part.records().day().map(day -> day.atYear(LEAP_YEAR).toEpochDay()).orElse(0L);
    }

    /// How many days after the first of all the day is that a source counts from.
    private long daysFromFirst(Part part) {
        return Math.floorMod(day(part) - earliestDay(), LEAP_YEAR_DAYS);
    }

    /// The first of the days that sources count from; December comes before January where both are there.
    private long earliestDay() {
        long[] days = parts.stream().filter(part -> part.records().day().isPresent()).mapToLong(CommonClock::day).sorted().toArray();
        for (int i = 1; i < days.length; i++) {
            if (days[i] - days[i - 1] > HALF_A_YEAR_DAYS) {
                return days[i];
            }
        }
        return days.length == 0 ? 0 : days[0];
    }

    private long behind(Part part, long first) {
        warnings.add("clock-unknown", "nothing tells when " + part.file() + " was recorded; its times stand behind those of the others");
        long last = placed.stream().mapToLong(other -> parts.get(other).lastNanos().orElse(Long.MIN_VALUE) + shifts[other]).max().orElse(0);
        return last + SECOND - first;
    }
}
