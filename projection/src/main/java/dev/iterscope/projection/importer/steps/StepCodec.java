package dev.iterscope.projection.importer.steps;

import java.util.Arrays;

/// Writes steps as what is unexpected about them: the fields that differ from what the step before lets expect, and by how much.
///
/// A step begins with a word that has a bit for each field that differs, then the differences in the order of their fields, all as
/// LEB128. A pure decode step of a log takes some four bytes so, a step of a rich recording some twenty. Not thread-safe.
final class StepCodec {

    /// Most bytes of a step: the word and each field, ten bytes each at most.
    static final int MOST_BYTES = 10 * (StepFields.COUNT + 1);

    /// Logs print times in hundredths of a millisecond.
    private static final long LOG_UNIT_NANOS = 10_000;
    /// Shares and variances are mostly short decimal numbers.
    private static final double DECIMALS = 1e9;
    private static final double MOST_DECIMAL = 1e6;

    private final long[] before = new long[StepFields.COUNT];
    private byte[] bytes = new byte[0];
    private int at;

    StepCodec() {
        reset();
    }

    /// Forgets the step before.
    void reset() {
        Arrays.fill(before, StepFields.UNSAID);
    }

    /// Writes a step.
    ///
    /// @param to has [#MOST_BYTES] left from that place on
    /// @return the place behind it
    int write(long[] step, byte[] to, int place) {
        bytes = to;
        at = place;
        long changed = 0;
        int count = StepFields.hasDetail(step) || StepFields.hasDetail(before) ? StepFields.COUNT : StepFields.KV_TOKENS_ALLOCATED;
        for (int field = 0; field < count; field++) {
            if (step[field] != expected(field, step)) {
                changed |= 1L << field;
            }
        }
        unsigned(changed);
        for (long rest = changed; rest != 0; rest &= rest - 1) {
            int field = Long.numberOfTrailingZeros(rest);
            if (StepFields.isReal(field)) {
                writeReal(step[field]);
            } else {
                writeWhole(step[field] - expected(field, step));
            }
        }
        System.arraycopy(step, 0, before, 0, StepFields.COUNT);
        return at;
    }

    /// Reads a step.
    ///
    /// @return the place behind it
    int read(byte[] from, int place, long[] step) {
        bytes = from;
        at = place;
        long changed = unsigned();
        read(changed, 0, StepFields.KV_TOKENS_ALLOCATED, step);
        if (StepFields.hasDetail(step) || StepFields.hasDetail(before)) {
            read(changed, StepFields.KV_TOKENS_ALLOCATED, StepFields.COUNT, step);
        } else {
            Arrays.fill(step, StepFields.KV_TOKENS_ALLOCATED, StepFields.COUNT, StepFields.UNSAID);
        }
        System.arraycopy(step, 0, before, 0, StepFields.COUNT);
        return at;
    }

    private void read(long changed, int from, int to, long[] step) {
        for (int field = from; field < to; field++) {
            if ((changed & (1L << field)) == 0) {
                step[field] = expected(field, step);
            } else if (StepFields.isReal(field)) {
                step[field] = readReal();
            } else {
                step[field] = readWhole() + expected(field, step);
            }
        }
    }

    /// What a field is unless something else is said; rests on fields before it only.
    private long expected(int field, long[] step) {
        long same = before[field];
        if (same == StepFields.UNSAID) {
            return same;
        }
        return switch (field) {
            case StepFields.NUMBER -> same + 1;
            // Durations and idle times add up to the wall clock.
            case StepFields.END -> before[StepFields.START] == StepFields.UNSAID || step[StepFields.ELAPSED] == StepFields.UNSAID
                    ? same
                    : same + step[StepFields.ELAPSED];
            case StepFields.START -> step[StepFields.END] == StepFields.UNSAID || step[StepFields.ELAPSED] == StepFields.UNSAID
                    ? same
                    : step[StepFields.END] - step[StepFields.ELAPSED];
            case StepFields.GENERATION_TOKENS -> step[StepFields.GENERATION_REQUESTS];
            default -> same;
        };
    }

    /// Whole units of the log's resolution are shorter without their zeros.
    private void writeWhole(long difference) {
        boolean units = difference % LOG_UNIT_NANOS == 0;
        long value = units ? difference / LOG_UNIT_NANOS : difference;
        long folded = (value << 1) ^ (value >> 63);
        if (folded >>> 62 != 0) {
            // Too wide to carry the bit: the bit stands alone.
            unsigned(2);
            unsigned(difference);
        } else {
            unsigned((folded << 2) | (units ? 1 : 0));
        }
    }

    private long readWhole() {
        long word = unsigned();
        if ((word & 2) != 0) {
            return unsigned();
        }
        long folded = word >>> 2;
        long value = (folded >>> 1) ^ -(folded & 1);
        return (word & 1) == 0 ? value : value * LOG_UNIT_NANOS;
    }

    private void writeReal(long bits) {
        double value = Double.longBitsToDouble(bits);
        if (bits != StepFields.UNSAID && value >= 0 && value < MOST_DECIMAL) {
            long scaled = Math.round(value * DECIMALS);
            if (Double.doubleToRawLongBits(scaled / DECIMALS) == bits) {
                unsigned((scaled << 1) | 1);
                return;
            }
        }
        unsigned(0);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[at++] = (byte) (bits >>> shift);
        }
    }

    private long readReal() {
        long scaled = unsigned();
        if (scaled != 0) {
            return Double.doubleToRawLongBits((scaled >>> 1) / DECIMALS);
        }
        long bits = 0;
        for (int i = 0; i < 8; i++) {
            bits = (bits << 8) | (bytes[at++] & 0xff);
        }
        return bits;
    }

    private void unsigned(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    private long unsigned() {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            byte b = bytes[at++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }
}
