package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.BlockTable;
import dev.iterscope.engine.kvcache.KvCache;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.kvcache.PrefixCacheStats;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig.Policy;
import dev.iterscope.engine.schedule.Sequence.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Decides step by step which tokens of which requests are computed, as vLLM's V1 scheduler does: there is no prefill phase and no
/// decode phase, each step lets the computed tokens of every sequence catch up with its known tokens, running sequences first, then
/// waiting ones, within the token budget. When blocks run out, a running sequence gives up its blocks and starts again later.
///
/// Four verbs: [#add], [#plan], [#complete], [#abort]. A plan must be completed in the order of planning; with asynchronous
/// scheduling another may be planned before. Not thread-safe: one thread drives it.
///
/// Time per step is linear in the running sequences that are looked at; it depends neither on how many wait nor on the pool's size.
public final class Scheduler {
    private final SchedulerConfig config;
    private final KvCache kv;
    private final FitCheck fitCheck;
    private final EncoderPlanner encoders;
    private final WaitingQueue waiting;
    private final Map<String, Sequence> live = new HashMap<>();
    private final PlanBuilder builder = new PlanBuilder();
    private final int watermarkBlocks;
    private final boolean checking;
    private final boolean async;

    private Sequence[] running = new Sequence[16];
    private int runningCount;
    private int nextNumber;
    private long nextIteration = 1;
    private long computedTokens;
    private long queuedTokens;
    private long queuedKvTokens;
    private int budget;
    private boolean capacityBound;

    /// A scheduler with an empty cache.
    public Scheduler(SchedulerConfig config, KvCacheConfig kvConfig) {
        this(config, kvConfig, false);
    }

    /// A scheduler with an empty cache.
    ///
    /// @param checking whether block tables, reference counts and sums are verified after every plan and completion; costs time in
    ///                 proportion to the pool
    public Scheduler(SchedulerConfig config, KvCacheConfig kvConfig, boolean checking) {
        this.config = config;
        this.kv = new KvCache(kvConfig);
        this.fitCheck = new FitCheck(config, kvConfig);
        this.encoders = new EncoderPlanner(config);
        this.waiting = config.policy() == Policy.PRIORITY ? new PriorityQueue() : new FcfsQueue();
        this.watermarkBlocks = (int) (config.watermark() * kvConfig.totalBlocks());
        this.checking = checking;
        this.async = config.asyncScheduling();
    }

    /// The limits and policies.
    public SchedulerConfig config() {
        return config;
    }

    /// The cache, for looking at.
    public KvCache kvCache() {
        return kv;
    }

    /// Queues a request.
    ///
    /// @return its sequence, or why it can never run (nothing of it is kept then)
    public Admission add(Request request) {
        if (live.containsKey(request.id())) {
            return new Admission.Rejected("a request with this id is being served");
        }
        Optional<String> reason = fitCheck.reasonAgainst(request);
        if (reason.isPresent()) {
            return new Admission.Rejected(reason.get());
        }
        Sequence sequence = new Sequence(request, nextNumber++, config.maxModelLen());
        live.put(request.id(), sequence);
        waiting.add(sequence);
        queuedTokens += sequence.tokens;
        return new Admission.Accepted(sequence);
    }

    /// Plans the next step.
    public StepPlan plan() {
        return plan(false);
    }

    /// Plans the next step.
    ///
    /// @param throttlePrefills whether context work waits while something generates, unless the last step's budget was too small for
    ///                         all of it: lets data-parallel engines do their context work in the same steps
    public StepPlan plan(boolean throttlePrefills) {
        builder.start();
        encoders.startStep();
        budget = config.maxNumBatchedTokens();
        boolean deferContext = throttlePrefills && !capacityBound && anyGenerating();
        planRunning(deferContext);
        if (!builder.hasPreemptions()) {
            planWaiting(deferContext);
        }
        if (!deferContext) {
            capacityBound = budget == 0 && waiting.size() > 0;
        }
        computedTokens += config.maxNumBatchedTokens() - budget;
        StepPlan plan = build();
        if (checking) {
            verify();
        }
        return plan;
    }

    private StepPlan build() {
        PlanBuilder.Surroundings around =
                new PlanBuilder.Surroundings(runningCount, waiting.size(), queuedTokens, queuedKvTokens, computedTokens);
        long iteration = builder.size() == 0 ? nextIteration : nextIteration++;
        return builder.build(iteration, config, kv, around);
    }

    private boolean anyGenerating() {
        for (int i = 0; i < runningCount; i++) {
            if (!running[i].hasContextWork()) {
                return true;
            }
        }
        return false;
    }

    private void planRunning(boolean deferContext) {
        int i = repeatDecodes();
        while (i < runningCount && budget > 0) {
            Sequence s = running[i];
            int count = reachesItsEnd(s) || (deferContext && s.hasContextWork()) ? 0 : tokensToCompute(s);
            if (count <= 0) {
                i++;
                continue;
            }
            while (s.computed + count > s.plainUntil && !kv.grow(s.table, s.computed + count)) {
                int victim = victim();
                Sequence preempted = running[victim];
                removeRunning(victim);
                if (takeOutOfPlan(preempted)) {
                    i--;
                    count = encoders.fit(s, s.computed, count);
                }
                preempt(preempted);
                if (preempted == s) {
                    return;
                }
            }
            schedule(s, count, (byte) 0);
            i++;
        }
    }

    /// Plans the leading sequences that generate one token as in the step before. Most steps consist of them alone; all that is left
    /// to decide for them is whether they need a block.
    ///
    /// @return how many they are
    private int repeatDecodes() {
        int most = config.speculativeTokens() > 0 ? 0 : Math.min(runningCount, budget);
        int i = 0;
        while (i < most && repeatDecode(running[i])) {
            i++;
        }
        budget -= i;
        return i;
    }

    private boolean repeatDecode(Sequence s) {
        int end = s.computed + 1;
        if (end != s.tokens + s.placeholders || end >= s.mostTokens || !builder.canRepeat(s)) {
            return false;
        }
        if (end > s.plainUntil) {
            if (!kv.grow(s.table, end)) {
                return false;
            }
            kv.cache(s.table, s, Math.min(end, s.tokens));
            noteBlocks(s);
        }
        builder.repeat(s);
        s.placeholders += async ? 1 : 0;
        return true;
    }

    /// True when the steps in flight already yield the sequence's last token. With draft tokens only what is certain counts, as in
    /// vLLM: one token of the newest step, none of the drafts.
    private boolean reachesItsEnd(Sequence s) {
        if (config.speculativeTokens() == 0) {
            return s.tokens + s.placeholders >= s.endTokens;
        }
        return s.placeholders > 0 && s.computed + 2 - s.placeholders >= s.endTokens;
    }

    private int tokensToCompute(Sequence s) {
        int count = s.tokens + s.drafts + s.placeholders - s.computed;
        int threshold = config.longPrefillTokenThreshold();
        if (threshold > 0 && threshold < count) {
            count = threshold;
        }
        count = Math.min(Math.min(count, budget), config.maxModelLen() - 1 - s.computed);
        return count <= 0 ? count : encoders.fit(s, s.computed, count);
    }

    private void schedule(Sequence s, int count, byte admission) {
        if (s.computed + count > s.plainUntil) {
            kv.cache(s.table, s, Math.min(s.computed + count, s.tokens));
            noteBlocks(s);
        }
        int beyond = builder.add(s, count, admission);
        if (beyond > 0) {
            builder.setDrafts(beyond);
        }
        s.drafts = 0;
        if (beyond >= 0 && async) {
            s.placeholders += 1 + beyond;
            s.drafts = config.speculativeTokens();
        }
        if (s.hasEncoderInputs) {
            int[] inputs = encoders.commit(s);
            if (inputs.length > 0) {
                builder.setEncoderInputs(inputs);
            }
        }
        budget -= count;
    }

    private static void noteBlocks(Sequence s) {
        s.plainUntil = s.table.plainUntil();
        s.blockIds = s.table.ids();
    }

    /// Index of the running sequence that gives way: the last admitted, or under the priority policy the last in order of service.
    /// That order is total: vLLM leaves open which of two sequences of one priority and arrival time gives way, and when they are long
    /// enough they then take each other's blocks for ever.
    private int victim() {
        int victim = runningCount - 1;
        if (config.policy() == Policy.PRIORITY) {
            victim = 0;
            for (int i = 1; i < runningCount; i++) {
                if (PriorityQueue.ORDER.compare(running[i], running[victim]) > 0) {
                    victim = i;
                }
            }
        }
        return victim;
    }

    /// The victim may already be part of the step that is being planned: its budget goes back, and what was made findable for it is
    /// taken back, since it will not be computed.
    ///
    /// @return false when it is not part of the step. In vLLM the loop over the running list then does not step back over the gap
    ///         that the victim leaves, so that the sequence after the current one sits this step out; here neither.
    private boolean takeOutOfPlan(Sequence s) {
        int entry = builder.indexOf(s);
        if (entry < 0) {
            return false;
        }
        if (async && builder.samples(entry)) {
            s.placeholders -= 1 + builder.draftCount(entry);
        }
        s.computed = builder.first(entry);
        s.inFlight--;
        budget += builder.count(entry);
        int[] inputs = builder.encoderInputs(entry);
        builder.remove(entry);
        encoders.undo(s, inputs, builder);
        kv.forgetBeyond(s.table, s.computed);
        return true;
    }

    private void preempt(Sequence s) {
        builder.addPreemption(giveUpBlocks(s));
    }

    private Preemption giveUpBlocks(Sequence s) {
        int lost = s.computed;
        int blocks = kv.release(s.table);
        encoders.release(s);
        computedTokens -= lost;
        s.plainUntil = 0;
        s.state = State.PREEMPTED;
        s.highWater = Math.max(s.highWater, lost);
        s.lost = lost;
        s.computed = 0;
        s.drafts = 0;
        s.preemptions++;
        waiting.addPreempted(s);
        queuedTokens += s.tokens;
        queuedKvTokens += lost;
        return new Preemption(s, blocks, lost);
    }

    private void planWaiting(boolean deferContext) {
        while (budget > 0 && runningCount < config.maxNumSeqs()) {
            Sequence s = waiting.peek();
            // At least one block is needed, however long the cached prefix. A sequence that is still in flight would sample twice.
            if (s == null || s.inFlight > 0 || kv.pool().freeBlocks() == 0) {
                return;
            }
            int hit = kv.lookUp(s.table, s, s.tokens);
            int count = deferContext && hit < s.tokens - 1 ? 0 : tokensToAdmit(s, hit);
            if (count <= 0 || !takeBlocks(s, hit, count)) {
                // It may next be admitted from another position: what it keeps from others until then could be in its own way.
                encoders.release(s);
                kv.watchLookUp(s.table, s.tokens);
                return;
            }
            admit(s, hit, count);
        }
    }

    private boolean takeBlocks(Sequence s, int hit, int count) {
        int mustFit = config.reserveFullIsl() ? Math.min(s.tokens, config.maxModelLen()) : 0;
        int headroom = runningCount > 0 ? watermarkBlocks : 0;
        return kv.admit(s.table, hit + count, mustFit, headroom);
    }

    private int tokensToAdmit(Sequence s, int hit) {
        int count = s.tokens - hit;
        int threshold = config.longPrefillTokenThreshold();
        if (threshold > 0 && threshold < count) {
            count = threshold;
        }
        if (!config.chunkedPrefill() && count > budget && !mustBeSplit(s, count)) {
            return 0;
        }
        count = Math.min(count, budget);
        return encoders.fit(s, hit, count);
    }

    /// Without chunked prefill a sequence that outgrew the budget before it was preempted could never come back. vLLM excludes the
    /// case by its configuration (budget ≥ model length); here such a sequence may be split when it has the step to itself.
    private boolean mustBeSplit(Sequence s, int count) {
        return s.preemptions > 0 && count > config.maxNumBatchedTokens() && budget == config.maxNumBatchedTokens();
    }

    private void admit(Sequence s, int hit, int count) {
        waiting.remove(s);
        queuedTokens -= s.tokens;
        queuedKvTokens -= s.lost;
        boolean first = s.state == State.WAITING;
        if (first) {
            s.cachedTokens = hit;
            if (kv.config().prefixCaching() && s.request().cacheKey().readable()) {
                kv.record(s.tokens, hit);
                builder.addLookUp(s.tokens, hit);
            }
        }
        s.state = State.RUNNING;
        s.lost = 0;
        s.computed = hit;
        s.contextEnd = s.tokens;
        computedTokens += hit;
        if (runningCount == running.length) {
            running = Arrays.copyOf(running, 2 * runningCount);
        }
        running[runningCount++] = s;
        schedule(s, count, first ? StepPlan.ADMITTED : StepPlan.RESUMED);
    }

    /// Takes in what a plan yielded: appends tokens, ends sequences, rolls back rejected draft tokens. Plans are completed in the
    /// order in which they were made.
    ///
    /// @return the sequences that this ended, in the plan's order
    public List<Sequence> complete(StepPlan plan, StepOutcome outcome) {
        List<Sequence> finished = List.of();
        boolean anyRunningFinished = false;
        int entries = plan.size();
        for (int i = 0; i < entries; i++) {
            Sequence s = plan.sequence(i);
            s.inFlight--;
            if (s.state == State.FINISHED) {
                continue;
            }
            if (s.outcomesToDrop > 0) {
                s.outcomesToDrop--;
                continue;
            }
            FinishReason reason = plan.samples(i) ? takeTokens(s, plan, outcome, i) : null;
            if (reason != null) {
                anyRunningFinished |= s.state == State.RUNNING;
                finish(s, reason);
                finished = finished.isEmpty() ? new ArrayList<>() : finished;
                finished.add(s);
            } else if (s.encoderInputsCached > 0) {
                encoders.passed(s, s.computed - s.placeholders);
            }
        }
        if (anyRunningFinished) {
            removeFinishedFromRunning();
        }
        if (checking) {
            verify();
        }
        return finished;
    }

    private @Nullable FinishReason takeTokens(Sequence s, StepPlan plan, StepOutcome outcome, int entry) {
        int generated = outcome.tokenCount(entry);
        int drafts = plan.draftCount(entry);
        if (generated < 1 || generated > drafts + 1) {
            throw new IllegalArgumentException("entry " + entry + " of step " + plan.iteration() + " yields 1 to " + (drafts + 1)
                    + " tokens, not " + generated);
        }
        int rejected = drafts + 1 - generated;
        if (async) {
            s.placeholders -= 1 + drafts;
        }
        if (s.state == State.RUNNING) {
            s.computed -= rejected;
            computedTokens -= rejected;
        }
        FinishReason reason = append(s, outcome, entry, generated);
        if (s.state != State.RUNNING) {
            return reason;
        }
        if (async) {
            if (s.computed > s.plainUntil) {
                kv.cache(s.table, s, Math.min(s.computed - s.placeholders, s.tokens));
                s.plainUntil = s.table.plainUntil();
            }
        } else if (config.speculativeTokens() > 0 && !s.hasContextWork()) {
            s.drafts = Math.min(outcome.draftCount(entry), config.speculativeTokens());
        }
        return reason;
    }

    private @Nullable FinishReason append(Sequence s, StepOutcome outcome, int entry, int generated) {
        for (int k = 0; k < generated; k++) {
            int token = outcome.token(entry, k);
            s.append(token);
            if (s.state == State.PREEMPTED) {
                queuedTokens++;
            }
            FinishReason reason = StopCheck.afterToken(s, token, config.maxModelLen());
            if (reason != null) {
                return reason;
            }
        }
        return null;
    }

    /// Ends a request, wherever it stands. What steps in flight yield for it is ignored.
    ///
    /// @return its sequence; empty when no live request has this id
    public Optional<Sequence> abort(String id) {
        Sequence s = live.get(id);
        if (s == null) {
            return Optional.empty();
        }
        if (s.state == State.RUNNING) {
            removeRunning(indexInRunning(s));
        }
        finish(s, FinishReason.ABORT);
        if (checking) {
            verify();
        }
        return Optional.of(s);
    }

    /// Gives everything back. A running sequence is taken out of the running list by the caller.
    private void finish(Sequence s, FinishReason reason) {
        if (s.isWaiting()) {
            waiting.remove(s);
            queuedTokens -= s.tokens;
            queuedKvTokens -= s.lost;
        } else {
            computedTokens -= s.computed;
            kv.release(s.table);
        }
        encoders.release(s);
        s.state = State.FINISHED;
        s.finishReason = reason;
        s.placeholders = 0;
        live.remove(s.request().id());
    }

    private int indexInRunning(Sequence s) {
        for (int i = 0; i < runningCount; i++) {
            if (running[i] == s) {
                return i;
            }
        }
        throw new IllegalStateException(s + " is not in the running list");
    }

    private void removeRunning(int index) {
        System.arraycopy(running, index + 1, running, index, runningCount - index - 1);
        runningCount--;
        Arrays.fill(running, runningCount, runningCount + 1, null);
    }

    private void removeFinishedFromRunning() {
        int kept = 0;
        for (int i = 0; i < runningCount; i++) {
            if (running[i].state == State.RUNNING) {
                running[kept++] = running[i];
            }
        }
        Arrays.fill(running, kept, runningCount, null);
        runningCount = kept;
    }

    /// Forgets the content of the prefix cache, as after a change of weights.
    ///
    /// @param preemptRunning whether running sequences give up their blocks for it; their outcomes in flight are then dropped
    /// @return false, and nothing changed, while blocks are in use
    public boolean resetPrefixCache(boolean preemptRunning) {
        if (preemptRunning) {
            while (runningCount > 0) {
                Sequence s = running[runningCount - 1];
                removeRunning(runningCount - 1);
                giveUpBlocks(s);
                s.outcomesToDrop = s.inFlight;
                s.placeholders = 0;
            }
        }
        return kv.reset();
    }

    /// Requests that are waiting or running.
    public int unfinished() {
        return live.size();
    }

    /// Requests that wait, preempted ones included.
    public int waitingCount() {
        return waiting.size();
    }

    /// Requests that are admitted and not finished.
    public int runningCount() {
        return runningCount;
    }

    /// The running sequences in order of service; a copy.
    public List<Sequence> running() {
        return List.of(Arrays.copyOf(running, runningCount));
    }

    /// The waiting sequences in order of service; a copy.
    public List<Sequence> waiting() {
        return waiting.toList();
    }

    /// The live sequence of a request.
    public Optional<Sequence> sequence(String id) {
        return Optional.ofNullable(live.get(id));
    }

    /// Look-ups in the prefix cache since the start or the last reset.
    public PrefixCacheStats prefixCacheStats() {
        return kv.stats();
    }

    /// Throws when block tables, reference counts or sums contradict each other; what the checking mode does after every step.
    ///
    /// @throws IllegalStateException naming the first contradiction
    public void verify() {
        List<BlockTable> tables = new ArrayList<>(runningCount);
        long computed = 0;
        for (Sequence s : running()) {
            tables.add(s.table);
            computed += s.computed;
            if (s.state != State.RUNNING || s.blocks() * kv.config().blockSize() < s.computed) {
                throw new IllegalStateException(s + " runs with " + s.blocks() + " blocks");
            }
        }
        long queued = 0;
        long queuedKv = 0;
        for (Sequence s : waiting()) {
            queued += s.tokens;
            queuedKv += s.lost;
            if (!s.isWaiting() || s.blocks() != 0) {
                throw new IllegalStateException(s + " waits with " + s.blocks() + " blocks");
            }
        }
        if (computed != computedTokens || queued != queuedTokens || queuedKv != queuedKvTokens
                || live.size() != runningCount + waiting.size() || runningCount > config.maxNumSeqs()) {
            throw new IllegalStateException("sums of the scheduler do not match its sequences");
        }
        kv.verify(tables);
    }
}
