package dev.iterscope.engine.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that share the items of one job after another. The caller works too.
///
/// Handing over a job and waiting for its end are a few volatile accesses: workers spin for a while after a job before they park,
/// since within a step the next job follows within microseconds. Nothing is allocated. Not to be called from two threads at once.
final class WorkerPool implements AutoCloseable {
    /// Rounds of spinning before a worker parks: some tens of microseconds.
    private static final int SPINS = 20_000;
    /// Rounds of spinning before a waiting caller gives its processor away.
    private static final int SPINS_BEFORE_YIELD = 1_000;

    /// Something that is done item by item, in any order, by any thread.
    interface Job {
        /// Does one item. `worker` is 0 for the caller, up to the number of threads less one: an index for scratch memory.
        void run(int item, int worker);
    }

    private final Worker[] workers;
    private final AtomicInteger nextItem = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private int jobsSent;
    private volatile int generation;
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
        pending.set(workers.length);
        generation = ++jobsSent;
        for (Worker worker : workers) {
            worker.wake();
        }
        try {
            work(newJob, itemCount, 0);
        } finally {
            awaitWorkers();
        }
        Throwable problem = failure;
        if (problem != null) {
            throw new IllegalStateException("a worker failed", problem);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint, not relied upon: with fewer processors than threads the others get on
    private void awaitWorkers() {
        int spins = 0;
        while (pending.get() > 0) {
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
                Job current = job;
                try {
                    if (current != null) {
                        work(current, items, index);
                    }
                } catch (Throwable e) {
                    failure = e;
                } finally {
                    pending.decrementAndGet();
                }
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
