package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// Executes plans on a thread of its own, in the order of their submission, so that the next step can be planned meanwhile.
final class CpuBackend implements Backend {
    /// Results that may wait to be fetched; the step loop keeps at most two steps in flight.
    private static final int MAX_IN_FLIGHT = 16;

    private final BlockingQueue<Work> work = new LinkedBlockingQueue<>();
    private final BlockingQueue<Result> results = new ArrayBlockingQueue<>(MAX_IN_FLIGHT);
    private final StepRunner runner;
    private final ExecutionObserver observer;
    private final NativeMemory memory;
    private final WorkerPool pool;
    private final DeviceInfo device;
    private final Thread executor;

    /// What the executing thread is handed.
    private sealed interface Work {}

    private record Execute(StepPlan plan) implements Work {}

    private record Release(Request request) implements Work {}

    private record Stop() implements Work {}

    private sealed interface Result {}

    private record Done(StepOutcome outcome) implements Result {}

    private record Failed(Throwable cause) implements Result {}

    private CpuBackend(StepRunner runner, ExecutionObserver observer, NativeMemory memory, WorkerPool pool, DeviceInfo device) {
        this.runner = runner;
        this.observer = observer;
        this.memory = memory;
        this.pool = pool;
        this.device = device;
        executor = new Thread(this::loop, "iterscope-cpu-executor");
        executor.setDaemon(true);
    }

    static CpuBackend open(BackendConfig config, MemoryPlan plan, ExecutionObserver observer) {
        NativeMemory memory = new NativeMemory();
        WorkerPool pool = new WorkerPool(config.threads());
        try {
            Kernels kernels = KernelSelection.best();
            StepRunner runner = StepRunner.create(config, plan, memory, pool, kernels, observer);
            CpuBackend backend = new CpuBackend(runner, observer, memory, pool, CpuInfo.describe(kernels));
            backend.executor.start();
            return backend;
        } catch (RuntimeException | Error e) {
            pool.close();
            memory.close();
            throw e;
        }
    }

    @Override
    public void warmUp() {
        runner.warmUp();
    }

    @Override
    public DeviceInfo device() {
        return device;
    }

    @Override
    public void submit(StepPlan plan) {
        work.add(new Execute(plan));
    }

    @Override
    public StepOutcome awaitOldest() {
        try {
            return switch (results.take()) {
                case Done done -> done.outcome;
                case Failed failed -> throw new IllegalStateException("the step could not be executed", failed.cause);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a step", e);
        }
    }

    @Override
    public void release(Request request) {
        work.add(new Release(request));
    }

    /// Steps and releases come through one queue, so a sequence's tokens are dropped only after its last step.
    private void loop() {
        try {
            while (true) {
                switch (work.take()) {
                    case Execute execute -> results.put(execute(execute.plan));
                    case Release release -> runner.release(release.request);
                    case Stop stop -> {
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // nothing is swallowed: the waiting thread gets the cause
    private Result execute(StepPlan plan) {
        observer.begin(plan);
        try {
            return new Done(runner.execute(plan));
        } catch (RuntimeException | Error e) {
            return new Failed(e);
        } finally {
            observer.end(plan);
        }
    }

    @Override
    public void close() {
        work.add(new Stop());
        try {
            executor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.close();
        memory.close();
    }
}
