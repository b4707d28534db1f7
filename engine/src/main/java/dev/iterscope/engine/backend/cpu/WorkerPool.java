package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.request.UserInputException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that share the items of one job after another. The caller works too.
///
/// Handing over a job and waiting for its end are a few volatile accesses: workers spin for a while after a job before they park,
/// since within a step the next job follows within microseconds. The caller waits only for workers that have entered the job: one
/// that another program keeps from running finds the job closed when it comes, and its share was done by the others. Nothing is
/// allocated. Not to be called from two threads at once.
final class WorkerPool implements AutoCloseable {
    /// Rounds of spinning before a worker parks: some tens of microseconds, more than planning and sampling take between two steps.
    private static final int SPINS = 10_000;
    /// Rounds of spinning before a waiting caller gives its processor away.
    private static final int SPINS_BEFORE_YIELD = 1_000;

    /// Something that is done item by item, in any order, by any thread.
    interface Job {
        /// Does one item. `worker` is 0 for the caller, up to the number of threads less one: an index for scratch memory.
        void run(int item, int worker);
    }

    private final Worker[] workers;
    private final AtomicInteger nextItem = new AtomicInteger();
    /// Workers between entering a job and leaving it.
    private final AtomicInteger inside = new AtomicInteger();
    private int jobsSent;
    /// Number of the job sent last.
    private volatile int generation;
    /// Number of the job that may be entered; no job has number 0.
    private volatile int open;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    private @Nullable Job job;
    private int items;

    /// Starts `threads - 1` daemon threads.
    WorkerPool(int threads) {
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /// Threads that work, the caller included.
    int threads() {
        return workers.length + 1;
    }

    /// Does all items and returns when the last one is done.
    void run(Job newJob, int itemCount) {
        if (workers.length == 0 || itemCount == 1) {
            for (int item = 0; item < itemCount; item++) {
                newJob.run(item, 0);
            }
            return;
        }
        job = newJob;
        items = itemCount;
        nextItem.set(0);
        jobsSent = jobsSent == Integer.MAX_VALUE ? 1 : jobsSent + 1;
        open = jobsSent;
        generation = jobsSent;
        for (Worker worker : workers) {
            worker.wake();
        }
        try {
            work(newJob, itemCount, 0);
        } finally {
            open = 0;
            awaitWorkers();
        }
        Throwable problem = failure;
        if (problem instanceof UserInputException input) {
            throw input; // whichever thread found it
        }
        if (problem != null) {
            throw new IllegalStateException("a worker failed", problem);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint, not relied upon: with fewer processors than threads the others get on
    private void awaitWorkers() {
        int spins = 0;
        while (inside.get() > 0) {
            if (++spins < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private void work(Job current, int count, int worker) {
        for (int item = nextItem.getAndIncrement(); item < count; item = nextItem.getAndIncrement()) {
            current.run(item, worker);
        }
    }

    /// Ends the threads; they finish the job they are at.
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private final class Worker extends Thread {
        private final int index;
        private volatile boolean parked;

        Worker(int index) {
            super("iterscope-cpu-worker-" + index);
            this.index = index;
            setDaemon(true);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            int seen = 0;
            while (true) {
                seen = awaitJobAfter(seen);
                if (closed) {
                    return;
                }
                enter(seen);
            }
        }

        /// Either the caller sees this worker inside and waits, or the worker sees the job closed: both write before they read.
        private void enter(int number) {
            inside.incrementAndGet();
            try {
                if (open == number) {
                    work(Objects.requireNonNull(job), items, index);
                }
            } catch (Throwable e) {
                failure = e;
            } finally {
                inside.decrementAndGet();
            }
        }

        private int awaitJobAfter(int seen) {
            int spins = 0;
            while (generation == seen && !closed) {
                if (++spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (generation == seen && !closed) {
                        LockSupport.park(WorkerPool.this);
                    }
                    parked = false;
                }
            }
            return generation;
        }
    }
}
