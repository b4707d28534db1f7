package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Interval;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.RandomAccess;

/// Averages over spans in some ten bytes each, where objects would take 200: an SGLang log consists of them.
///
/// Of each, the fields are written that differ from the one before, in blocks that can be unpacked by themselves. Looking at them in order
/// unpacks each block once. Only [#add(Interval)] changes the list. Not thread-safe.
public final class PackedIntervals extends AbstractList<Interval> implements RandomAccess {

    private static final int BLOCK = 256;
    /// What is not known; of a real number, whose bits these are, minus zero is written as zero.
    private static final long UNSAID = Long.MIN_VALUE;
    /// Logs print whole seconds.
    private static final long SECOND_NANOS = 1_000_000_000L;

    // Those that change most come first, so that the word that says which did is one byte.
    private static final int END = 0;
    private static final int GENERATION = 1;
    private static final int RUNNING = 2;
    private static final int USAGE = 3;
    private static final int WAITING = 4;
    private static final int PROMPT = 5;
    private static final int HITS = 6;
    private static final int ENGINE = 7;
    private static final int SPAN = 8;
    private static final int COUNT = 9;
    private static final int REALS = 1 << GENERATION | 1 << USAGE | 1 << PROMPT | 1 << HITS;
    private static final int MOST_BYTES = 2 + 11 * COUNT;

    private final List<byte[]> blocks = new ArrayList<>();
    private final long[] before = new long[COUNT];
    private final byte[] open = new byte[BLOCK * MOST_BYTES];
    private int openCount;
    private int openBytes;

    /// Nothing yet.
    public PackedIntervals() {}

    @Override
    public boolean add(Interval interval) {
        long[] fields = split(interval);
        if (openCount == 0) {
            Arrays.fill(before, 0);
        }
        Writing out = new Writing(open, openBytes);
        int changed = 0;
        for (int field = 0; field < COUNT; field++) {
            changed |= fields[field] == before[field] ? 0 : 1 << field;
        }
        out.unsigned(changed);
        for (int field = 0; field < COUNT; field++) {
            if ((changed & 1 << field) != 0) {
                if ((REALS & 1 << field) != 0) {
                    out.real(fields[field]);
                } else {
                    out.whole(fields[field] - before[field]);
                }
            }
        }
        openBytes = out.at;
        System.arraycopy(fields, 0, before, 0, COUNT);
        if (++openCount == BLOCK) {
            blocks.add(Arrays.copyOf(open, openBytes));
            openCount = 0;
            openBytes = 0;
        }
        return true;
    }

    @Override
    public int size() {
        return blocks.size() * BLOCK + openCount;
    }

    @Override
    public Interval get(int index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("interval " + index + " of " + size());
        }
        Reading in = new Reading(index / BLOCK);
        for (int i = 0; i < index % BLOCK; i++) {
            in.skip();
        }
        return in.next();
    }

    @Override
    public Iterator<Interval> iterator() {
        int size = size();
        return new Iterator<>() {
            private int next;
            private Reading in = new Reading(0);

            @Override
            public boolean hasNext() {
                return next < size;
            }

            @Override
            public Interval next() {
                if (next >= size) {
                    throw new NoSuchElementException();
                }
                if (next > 0 && next % BLOCK == 0) {
                    in = new Reading(next / BLOCK);
                }
                next++;
                return in.next();
            }
        };
    }

    /// Bytes of what is packed.
    long packedBytes() {
        return blocks.stream().mapToLong(block -> block.length).sum() + openBytes;
    }

    private static long[] split(Interval interval) {
        long[] fields = new long[COUNT];
        fields[ENGINE] = interval.engine();
        fields[END] = interval.endNanos().orElse(UNSAID);
        fields[SPAN] = interval.spanNanos().orElse(UNSAID);
        fields[PROMPT] = bits(interval.promptThroughput());
        fields[GENERATION] = bits(interval.generationThroughput());
        fields[RUNNING] = interval.running().orElse(UNSAID);
        fields[WAITING] = interval.waiting().orElse(UNSAID);
        fields[USAGE] = bits(interval.kvUsage());
        fields[HITS] = bits(interval.prefixHitRate());
        return fields;
    }

    private static long bits(OptionalDouble value) {
        return value.isPresent() ? Double.doubleToRawLongBits(value.getAsDouble() + 0.0) : UNSAID;
    }

    private static OptionalLong whole(long value) {
        return value == UNSAID ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static OptionalDouble real(long bits) {
        return bits == UNSAID ? OptionalDouble.empty() : OptionalDouble.of(Double.longBitsToDouble(bits));
    }

    /// How a number is written, in the two low bits of its first word.
    private static final class Form {
        private static final int RAW = 0;
        private static final int PLAIN = 1;
        private static final int HUNDREDTHS = 1;
        private static final int SECONDS = 2;
        private static final int TEN_THOUSANDTHS = 2;

        private Form() {}
    }

    private static final class Writing {
        private final byte[] bytes;
        private int at;

        private Writing(byte[] bytes, int at) {
            this.bytes = bytes;
            this.at = at;
        }

        private void unsigned(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                bytes[at++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            bytes[at++] = (byte) rest;
        }

        private void whole(long difference) {
            boolean seconds = difference % SECOND_NANOS == 0;
            long value = seconds ? difference / SECOND_NANOS : difference;
            long folded = (value << 1) ^ (value >> 63);
            if (folded >>> 62 == 0) {
                unsigned(folded << 2 | (seconds ? Form.SECONDS : Form.PLAIN));
            } else {
                raw(difference);
            }
        }

        private void real(long bits) {
            if (!scaled(bits, 1e2, Form.HUNDREDTHS) && !scaled(bits, 1e4, Form.TEN_THOUSANDTHS)) {
                raw(bits);
            }
        }

        private boolean scaled(long bits, double scale, int form) {
            double value = Double.longBitsToDouble(bits);
            if (bits == UNSAID || !(value >= 0 && value < 1e12)) {
                return false;
            }
            long units = Math.round(value * scale);
            if (Double.doubleToRawLongBits(units / scale) != bits) {
                return false;
            }
            unsigned(units << 2 | form);
            return true;
        }

        private void raw(long bits) {
            unsigned(Form.RAW);
            for (int shift = 56; shift >= 0; shift -= 8) {
                bytes[at++] = (byte) (bits >>> shift);
            }
        }
    }

    /// Goes through a block.
    private final class Reading {
        private final byte[] bytes;
        private final long[] fields = new long[COUNT];
        private int at;

        private Reading(int block) {
            this.bytes = block < blocks.size() ? blocks.get(block) : open;
        }

        private Interval next() {
            skip();
            return new Interval(
                    (int) fields[ENGINE],
                    PackedIntervals.whole(fields[END]),
                    PackedIntervals.whole(fields[SPAN]),
                    PackedIntervals.real(fields[PROMPT]),
                    PackedIntervals.real(fields[GENERATION]),
                    PackedIntervals.whole(fields[RUNNING]),
                    PackedIntervals.whole(fields[WAITING]),
                    PackedIntervals.real(fields[USAGE]),
                    PackedIntervals.real(fields[HITS]));
        }

        private void skip() {
            long changed = unsigned();
            for (int field = 0; field < COUNT; field++) {
                if ((changed & 1 << field) != 0) {
                    fields[field] = (REALS & 1 << field) != 0 ? readReal() : fields[field] + readWhole();
                }
            }
        }

        private long readWhole() {
            long word = unsigned();
            if ((word & 3) == Form.RAW) {
                return raw();
            }
            long folded = word >>> 2;
            long value = folded >>> 1 ^ -(folded & 1);
            return (word & 3) == Form.SECONDS ? value * SECOND_NANOS : value;
        }

        private long readReal() {
            long word = unsigned();
            return switch ((int) (word & 3)) {
                case Form.RAW -> raw();
                case Form.HUNDREDTHS -> Double.doubleToRawLongBits((word >>> 2) / 1e2);
                default -> Double.doubleToRawLongBits((word >>> 2) / 1e4);
            };
        }

        private long raw() {
            long bits = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                bits = bits << 8 | (bytes[at++] & 0xff);
            }
            return bits;
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
}
