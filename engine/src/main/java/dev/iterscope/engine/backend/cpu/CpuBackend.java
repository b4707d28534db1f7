package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;

/// Executes plans on a thread of its own, in the order of their submission, so that the next step can be planned meanwhile.
final class CpuBackend implements Backend {
    /// Results that may wait to be fetched; the step loop keeps at most two steps in flight.
    static final int MAX_IN_FLIGHT = 16;
    /// Requests that may end at once before the executing thread has let go of the first.
    private static final int MAX_RELEASES = 1024;

    /// Plans to execute and requests to forget, in one order: a sequence's tokens are dropped only after its last step.
    private final Handoff<Object> work = new Handoff<>(MAX_IN_FLIGHT + MAX_RELEASES);
    private final Handoff<StepResult> results = new Handoff<>(MAX_IN_FLIGHT);
    private final StepRunner runner;
    private final ExecutionObserver observer;
    private final NativeMemory memory;
    private final WorkerPool pool;
    private final DeviceInfo device;
    private final Thread executor;

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
    public void expectBlocks(int end) {
        runner.claim(end);
    }

    @Override
    public DeviceInfo device() {
        return device;
    }

    @Override
    public void submit(StepPlan plan) {
        work.put(plan);
    }

    @Override
    public StepOutcome awaitOldest() {
        return switch (results.take()) {
            case StepResult.SampledTokens tokens -> tokens;
            case StepResult.Failed failed -> throw new IllegalStateException("the step could not be executed", failed.cause());
            case null -> throw new IllegalStateException("the backend is closed");
        };
    }

    @Override
    public void release(Request request) {
        work.put(request);
    }

    private void loop() {
        for (Object next = work.take(); next != null; next = work.take()) {
            switch (next) {
                case StepPlan plan -> results.put(execute(plan));
                case Request request -> runner.release(request);
                default -> throw new IllegalStateException("neither plan nor request: " + next);
            }
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // nothing is swallowed: the waiting thread gets the cause
    private StepResult execute(StepPlan plan) {
        observer.begin(plan);
        try {
            return runner.execute(plan);
        } catch (RuntimeException | Error e) {
            return new StepResult.Failed(e);
        } finally {
            observer.end(plan);
        }
    }

    @Override
    public void close() {
        work.close();
        try {
            executor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.close();
        memory.close();
    }
}
