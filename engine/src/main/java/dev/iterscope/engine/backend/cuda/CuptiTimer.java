package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.cuda.Cupti.Activity;
import dev.iterscope.engine.backend.cuda.Cupti.Attached;
import dev.iterscope.engine.backend.cuda.Cupti.Kernel;
import dev.iterscope.profiler.event.KernelRun.Time;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.LongSupplier;

/// Times kernels through CUPTI: the device's own start and end, at no cost between kernels. A number attached to each launch says
/// which it was; what one launch of ours turns into (cuBLASLt may start two kernels) is added up.
///
/// CUPTI hands a buffer over only when all its records are complete, and with two steps in flight the following one's lie in it too:
/// so a step's kernels may be reported some steps late.
///
/// Times are given on the JVM's clock. The distance of the two clocks is measured at every timed step, between two readings of the
/// JVM's, so that drift does not add up.
final class CuptiTimer implements KernelTimer {
    private static final int CLOCK_READINGS = 5;
    private static final int WORKS_PER_STEP = 1 << 16;
    /// Reports after which records that are still missing are taken for lost.
    private static final int PATIENCE = 64;

    private final Cupti cupti;
    private final LongSupplier nanoTime;
    private final int device;
    private final Deque<Step> queued = new ArrayDeque<>();
    /// Steps whose records may still be on their way.
    private final Deque<Step> executed = new ArrayDeque<>();
    private final List<Kernel> unattached = new ArrayList<>();
    private final Map<Integer, Long> idByLaunch = new HashMap<>();
    private final Map<Long, Execution> executionById = new HashMap<>();
    private long steppedIds;

    /// Device times of one launch of ours.
    private record Execution(long startNanos, long busyNanos, int stream) {
        Execution and(Kernel kernel) {
            return new Execution(
                    Math.min(startNanos, kernel.startNanos()), busyNanos + kernel.endNanos() - kernel.startNanos(), stream);
        }
    }

    private final class Step implements KernelTrace {
        private final long iteration;
        private final long firstId;
        private final long clockOffsetNanos;
        private final List<KernelWork> works = new ArrayList<>();
        private int waits;

        Step(long iteration, long firstId, long clockOffsetNanos) {
            this.iteration = iteration;
            this.firstId = firstId;
            this.clockOffsetNanos = clockOffsetNanos;
        }

        @Override
        public void before() {
            cupti.attach(firstId + works.size());
        }

        @Override
        public void after(KernelWork work) {
            cupti.detach();
            works.add(work);
        }

        /// Whether its records are there, or will not come any more.
        boolean isOver() {
            for (int i = 0; i < works.size(); i++) {
                if (!executionById.containsKey(firstId + i)) {
                    return ++waits > PATIENCE;
                }
            }
            return true;
        }
    }

    /// @param nanoTime the JVM's clock
    CuptiTimer(Cupti cupti, int device, LongSupplier nanoTime) {
        this.cupti = cupti;
        this.device = device;
        this.nanoTime = nanoTime;
    }

    @Override
    public String source() {
        return cupti.name();
    }

    @Override
    public KernelTrace begin(long iteration) {
        cupti.setEnabled(true);
        Step step = new Step(iteration, steppedIds, clockOffset());
        steppedIds += WORKS_PER_STEP;
        queued.add(step);
        return step;
    }

    /// What to add to CUPTI's clock to get the JVM's: of several readings the one whose frame is the narrowest.
    private long clockOffset() {
        long best = 0;
        long narrowest = Long.MAX_VALUE;
        for (int i = 0; i < CLOCK_READINGS; i++) {
            long before = nanoTime.getAsLong();
            long cuptiNanos = cupti.clockNanos();
            long width = nanoTime.getAsLong() - before;
            if (width < narrowest) {
                narrowest = width;
                best = before + width / 2 - cuptiNanos;
            }
        }
        return best;
    }

    @Override
    public void report(long iteration, ExecutionObserver observer) {
        Step next = queued.peekFirst();
        if (next != null && next.iteration == iteration) {
            executed.add(queued.removeFirst());
        }
        if (executed.isEmpty()) {
            return;
        }
        if (queued.isEmpty()) {
            cupti.setEnabled(false); // steps from now on are not timed
        }
        takeRecords(cupti.flush());
        while (!executed.isEmpty() && executed.getFirst().isOver()) {
            report(executed.removeFirst(), observer);
        }
        if (executed.isEmpty() && queued.isEmpty()) {
            idByLaunch.clear();
            unattached.clear();
        }
    }

    private void report(Step step, ExecutionObserver observer) {
        for (int i = 0; i < step.works.size(); i++) {
            Execution execution = executionById.remove(step.firstId + i);
            if (execution != null) { // CUPTI drops records when it runs out of buffers
                Time time = new Time(
                        device, execution.stream, execution.startNanos + step.clockOffsetNanos, execution.busyNanos);
                observer.kernel(step.works.get(i).run((int) step.iteration, time));
            }
        }
    }

    /// Records come in no order, and a kernel may come before its number.
    private void takeRecords(Queue<Activity> activities) {
        for (Activity activity = activities.poll(); activity != null; activity = activities.poll()) {
            switch (activity) {
                case Attached attached -> idByLaunch.put(attached.correlation(), attached.id());
                case Kernel kernel -> unattached.add(kernel);
            }
        }
        unattached.removeIf(this::attach);
    }

    private boolean attach(Kernel kernel) {
        Long id = idByLaunch.get(kernel.correlation());
        if (id == null) {
            return false;
        }
        executionById.merge(
                id,
                new Execution(kernel.startNanos(), kernel.endNanos() - kernel.startNanos(), kernel.stream()),
                (known, added) -> known.and(kernel));
        return true;
    }

    @Override
    public void close() {
        cupti.close();
    }
}
