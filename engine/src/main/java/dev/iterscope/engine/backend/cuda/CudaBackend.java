package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.LaunchedOutcome;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;

/// Executes plans on a GPU. A step is one upload, the launches (or one graph), and one download of the sampled tokens, all queued on
/// one stream by the calling thread, so that the host plans the next step meanwhile. Used by one thread at a time.
final class CudaBackend implements Backend {
    private final CudaSession session;
    private final MemoryPlan plan;
    private final StepPreparation preparation;
    private final ExecutionObserver observer;
    private final KernelTimer timer;
    private final DeviceSampler sampler;
    private final Deque<InFlight> inFlight = new ArrayDeque<>();
    private int nextSlot;

    /// A step that has been queued.
    ///
    /// @param plan         what it computes
    /// @param slot         ring slot of its tokens
    /// @param entries      where each entry's token goes
    /// @param graph        whether it is one graph
    /// @param paddedTokens tokens that its kernels run over
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record InFlight(StepPlan plan, int slot, TokenHistory[] entries, boolean graph, int paddedTokens) {}

    CudaBackend(CudaSession session, MemoryPlan plan, ExecutionObserver observer, KernelTimer timer, DeviceSampler sampler) {
        this.session = session;
        this.plan = plan;
        this.observer = observer;
        this.timer = timer;
        this.sampler = sampler;
        preparation = new StepPreparation(session.shape());
    }

    @Override
    public void warmUp() {
        session.bindThread();
        try {
            warmKernelsAndGraphs();
        } catch (CudaException e) {
            throw CudaMemory.startFailure(plan, session.driver().device(), e);
        }
    }

    private void warmKernelsAndGraphs() {
        session.runProductsOfAllSizes();
        int rows = Math.min(session.shape().maxRows(), session.shape().model().maxModelLen());
        warm(1, rows);
        warm(Workspace.samples(session.shape()), 1);
        session.graphs().captureAll();
        session.synchronize(0);
    }

    private void warm(int entries, int rows) {
        preparation.prepareDummy(entries, rows);
        session.upload(preparation.upload(), 0);
        session.forward().run(size(preparation.upload(), 0, 0, 0, 0));
        session.download(0, entries);
        session.synchronize(0);
    }

    @Override
    public DeviceInfo device() {
        return session.describe();
    }

    @Override
    public void submit(StepPlan plan) {
        if (inFlight.size() == Workspace.RING) {
            throw new IllegalStateException("more than " + Workspace.RING + " steps in flight");
        }
        session.bindThread();
        observer.begin(plan);
        try {
            launch(plan);
        } catch (CudaException e) {
            throw fault(inFlight.isEmpty() ? plan : inFlight.peekFirst().plan, e);
        } finally {
            observer.end(plan);
        }
    }

    private void launch(StepPlan plan) {
        int slot = nextSlot;
        nextSlot = (nextSlot + 1) % Workspace.RING;
        TokenHistory[] entries = preparation.prepare(plan, slot);
        StepUpload upload = preparation.upload();
        boolean timed = observer.wantsKernels(plan.iteration());
        OptionalInt padded =
                !timed && upload.isPureGeneration() ? session.graphs().paddedRows(upload.rows()) : OptionalInt.empty();
        session.upload(upload, slot);
        if (padded.isPresent()) {
            session.graphs().launch(padded.getAsInt());
        } else {
            runEagerly(plan, upload, timed);
        }
        session.download(slot, upload.samples());
        inFlight.add(new InFlight(plan, slot, entries, padded.isPresent(), padded.orElse(upload.rows())));
    }

    private void runEagerly(StepPlan plan, StepUpload upload, boolean timed) {
        if (upload.rows() == 0) {
            return;
        }
        StepCounts counts = plan.counts();
        ForwardPass.Size size = size(
                upload,
                counts.contextTokens(),
                counts.contextKvTokens() + counts.contextTokens(),
                counts.contextAttentionPairs(),
                counts.generationKvTokens() + counts.generationTokens());
        if (timed) {
            session.forward().traceTo(timer.begin(plan.iteration()));
            session.forward().run(size, observer);
            session.forward().traceTo(KernelTrace.NONE);
        } else {
            session.forward().run(size, observer);
        }
    }

    private static ForwardPass.Size size(StepUpload upload, int contextTokens, int contextKv, double contextPairs, int generationKv) {
        return new ForwardPass.Size(
                upload.rows(),
                upload.samples(),
                upload.contextItems(),
                upload.generationItems(),
                contextTokens,
                contextKv,
                contextPairs,
                generationKv);
    }

    @Override
    public StepOutcome awaitOldest() {
        InFlight oldest = inFlight.pollFirst();
        if (oldest == null) {
            throw new IllegalStateException("no step in flight");
        }
        session.bindThread();
        try {
            session.synchronize(oldest.slot);
            timer.report(oldest.plan.iteration(), observer);
        } catch (CudaException e) {
            throw fault(oldest.plan, e);
        }
        return takeTokens(oldest);
    }

    private StepOutcome takeTokens(InFlight step) {
        MemorySegment sampled = session.sampled(step.slot);
        int[] tokens = new int[step.entries.length];
        int sample = 0;
        for (int e = 0; e < tokens.length; e++) {
            if (step.plan.samples(e)) {
                tokens[e] = sampled.getAtIndex(JAVA_INT, sample++);
                step.entries[e].arrived(step.slot, tokens[e]);
            }
        }
        return new SampledTokens(step.plan, tokens, step.graph ? "FULL" : "NONE", step.paddedTokens);
    }

    /// What ends a run when a kernel fails: which iteration it was, and what was in it.
    private static KernelFaultException fault(StepPlan plan, CudaException cause) {
        StepCounts counts = plan.counts();
        return new KernelFaultException(
                cause.getMessage() + " in iteration " + plan.iteration() + ": " + counts.contextRequests() + " context requests with "
                        + counts.contextTokens() + " tokens, " + counts.generationRequests() + " generation requests, longest sequence "
                        + counts.maxKvLength() + " tokens",
                cause);
    }

    @Override
    public void release(Request request) {
        preparation.release(request);
    }

    @Override
    public void profilerStart() {
        session.bindThread();
        session.driver().profilerStart();
    }

    @Override
    public void profilerStop() {
        session.bindThread();
        if (!inFlight.isEmpty()) {
            session.synchronize(inFlight.peekLast().slot);
        }
        session.driver().profilerStop();
    }

    @Override
    public void close() {
        session.bindThread();
        sampler.close();
        timer.close();
        session.close();
    }

    /// The tokens of a step's entries; those that yield none have no meaning.
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record SampledTokens(StepPlan plan, int[] tokens, String graphMode, int paddedTokens) implements LaunchedOutcome {
        @Override
        public int tokenCount(int entry) {
            return plan.samples(entry) ? 1 : 0;
        }

        @Override
        public int token(int entry, int k) {
            return tokens[entry];
        }
    }
}
