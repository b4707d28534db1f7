package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.KvCache;
import dev.iterscope.engine.schedule.Sequence.State;

/// Decides what the next step computes, in the order of vLLM's `schedule`: running sequences, then, if nothing had to give way, waiting ones.
final class StepPlanner {
    private final SchedulerConfig config;
    private final KvCache kv;
    private final EncoderPlanner encoders;
    private final Roster roster;
    private final PlanBuilder builder = new PlanBuilder();
    private final int watermarkBlocks;
    private final boolean async;
    private long nextIteration = 1;
    private int budget;
    private boolean capacityBound;

    StepPlanner(SchedulerConfig config, KvCache kv, EncoderPlanner encoders, Roster roster) {
        this.config = config;
        this.kv = kv;
        this.encoders = encoders;
        this.roster = roster;
        this.watermarkBlocks = (int) (config.watermark() * kv.config().totalBlocks());
        this.async = config.asyncScheduling();
    }

    /// The next step; see [Scheduler#plan(boolean)].
    StepPlan plan(boolean throttlePrefills) {
        builder.start();
        encoders.startStep();
        budget = config.maxNumBatchedTokens();
        boolean deferContext = throttlePrefills && !capacityBound && roster.anyGenerating();
        planRunning(deferContext);
        if (!builder.hasPreemptions()) {
            planWaiting(deferContext);
        }
        if (!deferContext) {
            capacityBound = budget == 0 && roster.waitingCount() > 0;
        }
        roster.planned(config.maxNumBatchedTokens() - budget);
        long iteration = builder.size() == 0 ? nextIteration : nextIteration++;
        return builder.build(iteration, config, kv, roster);
    }

    private void planRunning(boolean deferContext) {
        int i = repeatDecodes();
        while (i < roster.runningCount() && budget > 0) {
            Sequence s = roster.running(i);
            int count = reachesItsEnd(s) || (deferContext && s.hasContextWork()) ? 0 : tokensToCompute(s);
            if (count <= 0) {
                i++;
                continue;
            }
            while (s.computed + count > s.plainUntil && !kv.grow(s.table, s.computed + count)) {
                int victim = roster.victim();
                Sequence preempted = roster.running(victim);
                if (takeOutOfPlan(preempted)) {
                    i--;
                    count = encoders.fit(s, s.computed, count);
                }
                builder.addPreemption(roster.preempt(victim));
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
        int most = config.speculativeTokens() > 0 ? 0 : Math.min(roster.runningCount(), budget);
        int i = 0;
        while (i < most && repeatDecode(roster.running(i))) {
            i++;
        }
        budget -= i;
        return i;
    }

    /// Only where [#planRunning] would compute this one token too. False, and nothing changed, where it might not.
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

    private void planWaiting(boolean deferContext) {
        while (budget > 0 && roster.runningCount() < config.maxNumSeqs()) {
            Sequence s = roster.nextWaiting();
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
        int headroom = roster.runningCount() > 0 ? watermarkBlocks : 0;
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
        boolean first = s.state == State.WAITING;
        if (first) {
            s.cachedTokens = hit;
            if (kv.config().prefixCaching() && s.request().cacheKey().readable()) {
                kv.record(s.tokens, hit);
                builder.addLookUp(s.tokens, hit);
            }
        }
        roster.admit(s, hit);
        schedule(s, count, first ? StepPlan.ADMITTED : StepPlan.RESUMED);
    }
}
