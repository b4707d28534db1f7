package dev.iterscope.engine.backend.emulated;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.PredictedOutcome;
import dev.iterscope.engine.step.StepTimes;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;

/// An accelerator that only keeps time. Plans queue up for one device thread; each occupies the device for its predicted time from
/// the later of its submission and the end of the plan before, on an absolute schedule, so that late wake-ups of the thread do not
/// add up. The host's part is spent on the thread that submits, as launching kernels would be.
final class EmulatedBackend implements Backend {
    private static final int QUEUE_CAPACITY = 64;
    /// Parking ends up to this much late on an ordinary kernel; the rest is waited for actively.
    private static final long SPIN_NANOS = 120_000;

    private final StepTimes times;
    private final double timeScale;
    private final long memoryBytes;
    private final ExecutionObserver observer;
    private final BlockingQueue<Job> submitted = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
    private final BlockingQueue<StepOutcome> results = new ArrayBlockingQueue<>(QUEUE_CAPACITY);
    private final Thread device;

    /// A plan and when it was handed over.
    private record Job(StepPlan plan, long submitNanos) {}

    EmulatedBackend(StepTimes times, double timeScale, long memoryBytes, ExecutionObserver observer) {
        this.times = times;
        this.timeScale = timeScale;
        this.memoryBytes = memoryBytes;
        this.observer = observer;
        this.device = Thread.ofPlatform().name("emulated-device").daemon().unstarted(this::execute);
        device.start();
    }

    @Override
    public void submit(StepPlan plan) {
        waitUntil(System.nanoTime() + scaled(times.hostNanos(plan)));
        if (!submitted.offer(new Job(plan, System.nanoTime()))) {
            throw new IllegalStateException("more than " + QUEUE_CAPACITY + " plans in flight");
        }
    }

    @Override
    public StepOutcome awaitOldest() {
        try {
            return results.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the emulated device", e);
        }
    }

    private void execute() {
        long freeAt = System.nanoTime();
        try {
            while (true) {
                Job job = submitted.take();
                observer.begin(job.plan());
                freeAt = Math.max(freeAt, job.submitNanos()) + scaled(times.deviceNanos(job.plan()));
                waitUntil(freeAt);
                observer.end(job.plan());
                results.put(new PredictedOutcome(job.plan()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private long scaled(long nanos) {
        return Math.round(nanos * timeScale);
    }

    private static void waitUntil(long deadline) {
        long left = deadline - System.nanoTime();
        while (left > 0 && !Thread.currentThread().isInterrupted()) {
            if (left > SPIN_NANOS) {
                LockSupport.parkNanos(left - SPIN_NANOS);
            } else {
                Thread.onSpinWait();
            }
            left = deadline - System.nanoTime();
        }
    }

    /// Nothing to compile or warm.
    @Override
    public void warmUp() {}

    @Override
    public DeviceInfo device() {
        return new DeviceInfo(
                "emulated (step times are predicted; kernels are not evidence)",
                "emulated",
                "time scale " + timeScale,
                OptionalLong.of(memoryBytes),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    @Override
    public void close() {
        device.interrupt();
        try {
            device.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
