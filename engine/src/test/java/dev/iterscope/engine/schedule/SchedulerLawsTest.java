package dev.iterscope.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Laws I1, I2, I3, I7 and progress, over seeded random limits, requests, outcomes and aborts, in checking mode.
///
/// `-Diterscope.laws.seeds=1000` runs more seeds, `-Diterscope.laws.steps` longer ones.
class SchedulerLawsTest {
    private static final int STEPS = Integer.getInteger("iterscope.laws.steps", 10_000);

    static LongStream seeds() {
        return LongStream.range(0, Integer.getInteger("iterscope.laws.seeds", 48));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyRequestEndsAndNothingIsLostOrHeld(long seed) {
        Run run = new Run(seed);
        run.serve();
        run.drain();
    }

    /// One scheduler under random load, with an independent account of every request.
    private static final class Run {
        private final RandomWork work;
        private final Random random;
        private final SchedulerConfig config;
        private final Scheduler scheduler;
        private final int depth;
        private final ArrayDeque<StepPlan> inFlight = new ArrayDeque<>();
        private final Map<Sequence, Account> accounts = new HashMap<>();
        private final Set<Sequence> ended = new HashSet<>();
        private final List<String> liveIds = new ArrayList<>();
        private int submitted;
        private int accepted;
        private int rejected;
        private int emptyInARow;

        /// What a request has cost, counted from the plans alone.
        private static final class Account {
            private int scheduled;
            private int recomputed;
            private int served;
            private int expectedFirst;
            private int highWater;
        }

        Run(long seed) {
            work = new RandomWork(seed);
            random = work.random();
            config = work.config();
            scheduler = new Scheduler(config, work.kv(), true);
            depth = config.asyncScheduling() ? 2 : 1 + random.nextInt(2);
        }

        void serve() {
            for (int step = 0; step < STEPS; step++) {
                if (scheduler.unfinished() < 40 && random.nextInt(3) == 0) {
                    submit();
                }
                if (!liveIds.isEmpty() && random.nextInt(60) == 0) {
                    abort();
                }
                turn();
            }
        }

        void drain() {
            int guard = 0;
            while (scheduler.unfinished() > 0 || !inFlight.isEmpty()) {
                turn();
                assertThat(++guard).as("steps to drain").isLessThan(200_000);
            }
            assertThat(ended).as("I1: ended once each").hasSize(accepted);
            assertThat(accepted + rejected).as("I1: none lost").isEqualTo(submitted);
            assertThat(scheduler.kvCache().pool().usedBlocks()).as("I2: a drained cache holds nothing").isZero();
            assertThat(scheduler.kvCache().heldTokens(0)).isZero();
        }

        private void submit() {
            Request request = work.request("r" + submitted++, submitted);
            switch (scheduler.add(request)) {
                case Admission.Accepted(Sequence sequence) -> {
                    accepted++;
                    accounts.put(sequence, new Account());
                    liveIds.add(request.id());
                }
                case Admission.Rejected(String reason) -> {
                    rejected++;
                    assertThat(reason).isNotBlank();
                }
            }
        }

        private void abort() {
            String id = liveIds.remove(random.nextInt(liveIds.size()));
            scheduler.abort(id).ifPresent(sequence -> {
                assertThat(ended.add(sequence)).as("aborted once").isTrue();
                assertThat(sequence.finishReason()).contains(FinishReason.ABORT);
            });
        }

        private void turn() {
            StepPlan plan = scheduler.plan();
            check(plan);
            if (!plan.isEmpty()) {
                inFlight.add(plan);
                emptyInARow = 0;
            } else if (inFlight.isEmpty() && scheduler.unfinished() > 0) {
                // A step may do nothing but preempt; the next must then have work.
                assertThat(plan.preemptions()).as("nothing planned, nothing in flight, " + scheduler.waiting()).isNotEmpty();
                assertThat(++emptyInARow).as("steps without progress").isLessThan(3);
            }
            if (inFlight.size() >= depth || (plan.isEmpty() && !inFlight.isEmpty())) {
                completeOldest();
            }
        }

        private void check(StepPlan plan) {
            StepCounts counts = plan.counts();
            assertThat(counts.scheduledTokens()).as("I3: token budget").isLessThanOrEqualTo(config.maxNumBatchedTokens());
            assertThat(counts.runningRequests()).as("I3: max_num_seqs").isLessThanOrEqualTo(config.maxNumSeqs());
            assertThat(counts.kvBlocksUsed() + scheduler.kvCache().pool().freeBlocks()).as("I2").isEqualTo(counts.kvBlocksTotal());
            assertThat(counts.kvTokensHeld()).isBetween(0, counts.kvTokensAllocated());
            for (Preemption preemption : plan.preemptions()) {
                Account account = account(preemption.sequence());
                account.highWater = Math.max(account.highWater, preemption.tokensToRecompute());
                account.expectedFirst = 0;
            }
            int tokens = 0;
            for (int i = 0; i < plan.size(); i++) {
                tokens += plan.tokenCount(i);
                schedule(plan, i);
            }
            assertThat(tokens).isEqualTo(counts.scheduledTokens());
        }

        private void schedule(StepPlan plan, int i) {
            Account account = account(plan.sequence(i));
            int first = plan.firstToken(i);
            int count = plan.tokenCount(i);
            assertThat(count).isPositive();
            if (plan.isNew(i) || plan.isResumed(i)) {
                account.served += Math.max(0, first - account.highWater);
            } else {
                assertThat(first).as("positions follow each other").isEqualTo(account.expectedFirst);
            }
            account.expectedFirst = first + count;
            account.scheduled += count;
            account.recomputed += Math.max(0, Math.min(first + count, account.highWater) - first);
        }

        private void completeOldest() {
            StepPlan plan = inFlight.remove();
            RandomOutcome outcome = new RandomOutcome(plan, config.speculativeTokens(), random);
            for (int i = 0; i < plan.size(); i++) {
                Sequence sequence = plan.sequence(i);
                if (plan.samples(i) && sequence.state() != Sequence.State.FINISHED) {
                    rollBack(sequence, plan.draftCount(i) + 1 - outcome.tokenCount(i));
                }
            }
            for (Sequence sequence : scheduler.complete(plan, outcome)) {
                assertThat(ended.add(sequence)).as("finished once").isTrue();
                liveIds.remove(sequence.request().id());
                checkFinished(sequence);
            }
        }

        private void rollBack(Sequence sequence, int rejectedDrafts) {
            Account account = account(sequence);
            if (sequence.state() == Sequence.State.RUNNING) {
                account.expectedFirst -= rejectedDrafts;
            }
        }

        /// I7, for each request: what was scheduled is its prompt and output but the last token, less what the cache served, plus what
        /// was computed again. With draft tokens and stop tokens a last step may compute more than that.
        private void checkFinished(Sequence sequence) {
            Request request = sequence.request();
            Account account = account(sequence);
            int outputs = sequence.outputTokens();
            assertThat(outputs).isBetween(1, request.stopRules().maxTokens());
            int own = request.promptTokens() + outputs - 1 - account.served + account.recomputed;
            boolean exact = config.speculativeTokens() == 0
                    && (sequence.finishReason().orElseThrow() == FinishReason.LENGTH || !config.asyncScheduling())
                    && sequence.state() == Sequence.State.FINISHED
                    && sequence.plansInFlight() == 0;
            if (exact && sequence.preemptions() == 0) {
                assertThat(account.scheduled).as("I7 for " + request).isEqualTo(own);
            } else {
                assertThat(account.scheduled).as("I7 for " + request).isGreaterThanOrEqualTo(own);
            }
        }

        private Account account(Sequence sequence) {
            Account account = accounts.get(sequence);
            if (account == null) {
                throw new AssertionError(sequence + " was never accepted");
            }
            return account;
        }
    }
}
