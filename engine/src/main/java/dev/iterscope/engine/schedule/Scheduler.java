package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.KvCache;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.kvcache.PrefixCacheStats;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Sequence.State;
import java.util.ArrayList;
import java.util.List;
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
    private final Roster roster;
    private final StepPlanner planner;
    private final boolean checking;

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
        this.roster = new Roster(config, kv, encoders);
        this.planner = new StepPlanner(config, kv, encoders, roster);
        this.checking = checking;
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
        if (roster.find(request.id()) != null) {
            return new Admission.Rejected("a request with this id is being served");
        }
        Optional<String> reason = fitCheck.reasonAgainst(request);
        if (reason.isPresent()) {
            return new Admission.Rejected(reason.get());
        }
        return new Admission.Accepted(roster.add(request));
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
        StepPlan plan = planner.plan(throttlePrefills);
        if (checking) {
            verify();
        }
        return plan;
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
                roster.end(s, reason);
                finished = finished.isEmpty() ? new ArrayList<>() : finished;
                finished.add(s);
            } else if (s.encoderInputsCached > 0) {
                encoders.passed(s, s.computed - s.placeholders);
            }
        }
        if (anyRunningFinished) {
            roster.dropFinished();
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
        if (config.asyncScheduling()) {
            s.placeholders -= 1 + drafts;
        }
        if (generated <= drafts && s.state == State.RUNNING) {
            roster.rollBack(s, drafts + 1 - generated);
        }
        FinishReason reason = append(s, outcome, entry, generated);
        if (s.state != State.RUNNING) {
            return reason;
        }
        if (config.asyncScheduling()) {
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
            roster.append(s, token);
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
        Sequence s = roster.find(id);
        if (s == null) {
            return Optional.empty();
        }
        roster.remove(s, FinishReason.ABORT);
        if (checking) {
            verify();
        }
        return Optional.of(s);
    }

    /// Forgets the content of the prefix cache, as after a change of weights.
    ///
    /// @param preemptRunning whether running sequences give up their blocks for it; their outcomes in flight are then dropped
    /// @return false, and nothing changed, while blocks are in use
    public boolean resetPrefixCache(boolean preemptRunning) {
        if (preemptRunning) {
            while (roster.runningCount() > 0) {
                Sequence s = roster.preempt(roster.runningCount() - 1).sequence();
                s.outcomesToDrop = s.inFlight;
                s.placeholders = 0;
            }
        }
        return kv.reset();
    }

    /// Requests that are waiting or running.
    public int unfinished() {
        return roster.live();
    }

    /// Requests that wait, preempted ones included.
    public int waitingCount() {
        return roster.waitingCount();
    }

    /// Requests that are admitted and not finished.
    public int runningCount() {
        return roster.runningCount();
    }

    /// The running sequences in order of service; a copy.
    public List<Sequence> running() {
        return roster.running();
    }

    /// The waiting sequences in order of service; a copy.
    public List<Sequence> waiting() {
        return roster.waiting();
    }

    /// The live sequence of a request.
    public Optional<Sequence> sequence(String id) {
        return Optional.ofNullable(roster.find(id));
    }

    /// Look-ups in the prefix cache since the start or the last reset.
    public PrefixCacheStats prefixCacheStats() {
        return kv.stats();
    }

    /// Throws when block tables, reference counts or sums contradict each other; what the checking mode does after every step.
    ///
    /// @throws IllegalStateException naming the first contradiction
    public void verify() {
        roster.verify();
    }
}
