package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Iteration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/// The steps of an engine in some ten bytes each, where objects would take 200: so a log of gigabytes fits into a small heap.
///
/// Steps are packed in blocks, each of which can be unpacked by itself; looking at steps in order unpacks each block once. Only
/// [#append(Iteration)] changes the list. Reading from several threads at once is safe when nothing is appended.
public final class PackedSteps extends AbstractList<Iteration> implements RandomAccess {

    private static final int BLOCK = 256;

    private final List<byte[]> blocks = new ArrayList<>();
    private final List<Iteration> open = new ArrayList<>(BLOCK);
    private final Words words = new Words();
    private final StepCodec codec = new StepCodec();
    private final long[] fields = new long[StepFields.COUNT];
    private final StepsSummary summary = new StepsSummary();
    private byte[] buffer = new byte[BLOCK * 16];
    private volatile @Nullable Unpacked latest;

    /// The steps of a block.
    private record Unpacked(int block, List<Iteration> steps) {}

    /// No steps yet.
    public PackedSteps() {}

    /// The steps of another list.
    public static PackedSteps of(Iterable<Iteration> steps) {
        PackedSteps packed = new PackedSteps();
        steps.forEach(packed::append);
        return packed;
    }

    /// Adds a step behind the others.
    public void append(Iteration step) {
        summary.add(step);
        open.add(step);
        if (open.size() == BLOCK) {
            pack();
        }
    }

    @Override
    public int size() {
        return blocks.size() * BLOCK + open.size();
    }

    @Override
    public Iteration get(int index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("step " + index + " of " + size());
        }
        int block = index / BLOCK;
        if (block == blocks.size()) {
            return open.get(index % BLOCK);
        }
        Unpacked known = latest;
        if (known == null || known.block() != block) {
            known = new Unpacked(block, List.of(unpack(block)));
            latest = known;
        }
        return known.steps().get(index % BLOCK);
    }

    @Override
    public Iterator<Iteration> iterator() {
        return new InOrder(0, size());
    }

    /// What the steps are together.
    public StepsSummary summary() {
        return summary;
    }

    /// The same steps in the order of their ends, equal ones as they stand. The list is this one where it is in order, or where the end
    /// of a step is not known.
    public PackedSteps sortedByEnd() {
        if (!summary.everyEndKnown() || summary.inOrderOfEnds()) {
            return this;
        }
        List<InOrder> runs = new ArrayList<>();
        int from = 0;
        long before = Long.MIN_VALUE;
        int at = 0;
        for (Iteration step : this) {
            long end = step.endNanos().orElseThrow();
            if (end < before) {
                runs.add(new InOrder(from, at));
                from = at;
            }
            before = end;
            at++;
        }
        runs.add(new InOrder(from, at));
        return merged(runs);
    }

    /// Bytes of the packed blocks.
    long packedBytes() {
        return blocks.stream().mapToLong(block -> block.length).sum();
    }

    private static PackedSteps merged(List<InOrder> runs) {
        PackedSteps sorted = new PackedSteps();
        PriorityQueue<InOrder> queue =
                new PriorityQueue<>(Comparator.comparingLong(InOrder::nextEnd).thenComparingInt(run -> run.first));
        queue.addAll(runs);
        while (!queue.isEmpty()) {
            InOrder run = queue.remove();
            sorted.append(run.next());
            if (run.hasNext()) {
                queue.add(run);
            }
        }
        return sorted;
    }

    private void pack() {
        codec.reset();
        int length = 0;
        for (Iteration step : open) {
            if (buffer.length - length < StepCodec.MOST_BYTES) {
                buffer = Arrays.copyOf(buffer, buffer.length * 2);
            }
            StepFields.split(step, words, fields);
            length = codec.write(fields, buffer, length);
        }
        blocks.add(Arrays.copyOf(buffer, length));
        open.clear();
    }

    private Iteration[] unpack(int block) {
        StepCodec reader = new StepCodec();
        long[] step = new long[StepFields.COUNT];
        byte[] packed = blocks.get(block);
        Iteration[] steps = new Iteration[BLOCK];
        int place = 0;
        for (int i = 0; i < BLOCK; i++) {
            place = reader.read(packed, place, step);
            steps[i] = StepFields.join(step, words);
        }
        return steps;
    }

    /// Some of the steps in order.
    private final class InOrder implements Iterator<Iteration> {
        private final int first;
        private final int end;
        private int next;
        private int block = -1;
        private Iteration[] steps = {};

        private InOrder(int first, int end) {
            this.first = first;
            this.end = end;
            this.next = first;
        }

        @Override
        public boolean hasNext() {
            return next < end;
        }

        @Override
        public Iteration next() {
            if (next >= end) {
                throw new NoSuchElementException();
            }
            return step(next++);
        }

        private long nextEnd() {
            return step(next).endNanos().orElseThrow();
        }

        private Iteration step(int index) {
            int wanted = index / BLOCK;
            if (wanted == blocks.size()) {
                return open.get(index % BLOCK);
            }
            if (wanted != block) {
                steps = unpack(wanted);
                block = wanted;
            }
            return steps[index % BLOCK];
        }
    }
}
