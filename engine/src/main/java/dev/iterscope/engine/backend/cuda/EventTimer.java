package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.profiler.event.KernelRun.Time;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;

/// Times kernels by an event before and after each: always there, at the price of a few microseconds a kernel (an event waits for
/// the kernel before it, so the gaps between kernels grow and their times do not).
///
/// Device times are given on the JVM's clock (`System.nanoTime`): an event is recorded on the idle device at the start, between two
/// readings of the clock, and later ones are reached from it step by step, since the driver tells distances as 32-bit milliseconds.
final class EventTimer implements KernelTimer {
    private static final double NANOS_PER_MILLI = 1e6;

    private final CudaDriver driver;
    private final long stream;
    private final int device;
    private final Deque<Step> steps = new ArrayDeque<>();
    private final Deque<Long> spare = new ArrayDeque<>();
    private long base;
    private double baseNanos;

    /// A timed step: its launches, and two events for each.
    private final class Step implements KernelTrace {
        private final long iteration;
        private final List<Long> events = new ArrayList<>();
        private final List<KernelWork> works = new ArrayList<>();

        Step(long iteration) {
            this.iteration = iteration;
        }

        @Override
        public void before() {
            events.add(mark());
        }

        @Override
        public void after(KernelWork work) {
            events.add(mark());
            works.add(work);
        }
    }

    /// @param nanoTime the JVM's clock
    EventTimer(CudaDriver driver, long stream, LongSupplier nanoTime) {
        this.driver = driver;
        this.stream = stream;
        device = driver.device().ordinal();
        base = driver.createEvent();
        driver.record(base, stream); // what is under way ends before the clocks are compared
        driver.synchronize(base);
        long earliest = nanoTime.getAsLong();
        driver.record(base, stream);
        driver.synchronize(base);
        baseNanos = earliest + (nanoTime.getAsLong() - earliest) / 2.0;
    }

    private long mark() {
        Long event = spare.poll();
        long marked = event != null ? event : driver.createEvent();
        driver.record(marked, stream);
        return marked;
    }

    @Override
    public String source() {
        return "CUDA events";
    }

    @Override
    public KernelTrace begin(long iteration) {
        Step step = new Step(iteration);
        steps.add(step);
        return step;
    }

    @Override
    public void report(long iteration, ExecutionObserver observer) {
        Step step = steps.peekFirst();
        if (step == null || step.iteration != iteration) {
            return;
        }
        steps.removeFirst();
        for (int i = 0; i < step.works.size(); i++) {
            long start = step.events.get(2 * i);
            double startNanos = baseNanos + driver.elapsedMillis(base, start) * NANOS_PER_MILLI;
            double nanos = driver.elapsedMillis(start, step.events.get(2 * i + 1)) * NANOS_PER_MILLI;
            observer.kernel(step.works.get(i).run((int) iteration, new Time(device, 0, (long) startNanos, (long) nanos)));
        }
        rebase(step);
    }

    /// The step's first event becomes the origin of the next one's.
    private void rebase(Step step) {
        if (step.events.isEmpty()) {
            return;
        }
        long first = step.events.getFirst();
        baseNanos += driver.elapsedMillis(base, first) * NANOS_PER_MILLI;
        spare.add(base);
        base = first;
        spare.addAll(step.events.subList(1, step.events.size()));
    }

    @Override
    public void close() {
        for (Step step : steps) {
            step.events.forEach(driver::destroyEvent);
        }
        spare.forEach(driver::destroyEvent);
        driver.destroyEvent(base);
    }
}
