package dev.iterscope.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.kvcache.BlockTable;
import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Laws I1, I2, I3, I6, I7 and progress, over seeded random limits, requests, outcomes, aborts, throttled steps and resets of the cache, in
/// checking mode: after every plan, completion and abort the scheduler compares block tables, reference counts, free queue, prefix
/// cache and sums.
///
/// `-Diterscope.laws.seeds=1000` runs more seeds, from `-Diterscope.laws.firstSeed` on, `-Diterscope.laws.steps` longer ones; see
/// docs/INVARIANTS.md.
class SchedulerLawsTest {
    private static final int STEPS = Integer.getInteger("iterscope.laws.steps", 10_000);

    static LongStream seeds() {
        long first = Long.getLong("iterscope.laws.firstSeed", 0);
        return LongStream.range(first, first + Integer.getInteger("iterscope.laws.seeds", 48));
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
        private final Map<StepPlan, Integer> fingerprints = new HashMap<>();
        private final Map<Sequence, Account> accounts = new HashMap<>();
        private final Set<Sequence> ended = new HashSet<>();
        private final Set<String> encoded = new HashSet<>();
        private final boolean throttles;
        private final boolean resets;
        private final List<String> liveIds = new ArrayList<>();
        private int submitted;
        private int accepted;
        private int rejected;
        private int emptyInARow;
        private long lastPlanned;

        /// What a request has cost, counted from the plans alone.
        private static final class Account {
            private int scheduled;
            private int recomputed;
            private int served;
            private int discarded;
            private int expectedFirst;
            private int highWater;
            private final long arrivedAfter;
            private long firstScheduled;
            private long firstToken;

            Account(long arrivedAfter) {
                this.arrivedAfter = arrivedAfter;
            }
        }

        Run(long seed) {
            work = new RandomWork(seed);
            random = work.random();
            config = work.config();
            scheduler = new Scheduler(config, work.kv(), true);
            depth = config.asyncScheduling() ? 2 : 1 + random.nextInt(2);
            throttles = random.nextInt(3) == 0;
            resets = random.nextInt(3) == 0;
        }

        void serve() {
            for (int step = 0; step < STEPS; step++) {
                if (scheduler.unfinished() < 40 && random.nextInt(3) == 0) {
                    submit();
                }
                if (!liveIds.isEmpty() && random.nextInt(60) == 0) {
                    abort();
                }
                if (resets && random.nextInt(400) == 0) {
                    reset();
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
                    accounts.put(sequence, new Account(lastPlanned));
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

        /// Everything computed is lost; what is in flight yields nothing.
        private void reset() {
            for (Sequence sequence : scheduler.running()) {
                lose(sequence, sequence.computedTokens());
            }
            assertThat(scheduler.resetPrefixCache(true)).isTrue();
            assertThat(scheduler.kvCache().pool().cachedBlocks()).isZero();
        }

        private void lose(Sequence sequence, int tokens) {
            Account account = account(sequence);
            account.highWater = Math.max(account.highWater, tokens);
            account.expectedFirst = 0;
        }

        private void turn() {
            StepPlan plan = scheduler.plan(throttles && random.nextInt(4) == 0);
            check(plan);
            if (!plan.isEmpty()) {
                fingerprints.put(plan, fingerprint(plan));
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
                lose(preemption.sequence(), preemption.tokensToRecompute());
            }
            if (!plan.isEmpty()) {
                assertThat(plan.iteration()).as("steps are numbered").isEqualTo(++lastPlanned);
            }
            checkCounts(plan);
            int tokens = 0;
            int recomputed = 0;
            for (int i = 0; i < plan.size(); i++) {
                checkBlocks(plan, i);
                assertThat(ended).as("ended before " + plan.iteration()).doesNotContain(plan.sequence(i));
                tokens += plan.tokenCount(i);
                recomputed += schedule(plan, i);
                encode(plan, i);
            }
            assertThat(tokens).isEqualTo(counts.scheduledTokens());
            assertThat(counts.recomputedTokens()).isBetween(0, recomputed);
            if (config.speculativeTokens() == 0) {
                assertThat(counts.recomputedTokens()).isEqualTo(recomputed);
            }
        }

        /// The counts say of generation what the entries say, whether the plan was made anew or continues the one before.
        private static void checkCounts(StepPlan plan) {
            int requests = 0;
            int tokens = 0;
            long kvTokens = 0;
            double squares = 0;
            int longest = 0;
            for (int i = 0; i < plan.size(); i++) {
                longest = Math.max(longest, plan.firstToken(i) + plan.tokenCount(i));
                if (!plan.isContext(i)) {
                    requests++;
                    tokens += plan.tokenCount(i);
                    kvTokens += plan.firstToken(i);
                    squares += (double) plan.firstToken(i) * plan.firstToken(i);
                }
            }
            StepCounts counts = plan.counts();
            double mean = requests == 0 ? 0 : (double) kvTokens / requests;
            double variance = requests == 0 ? 0 : squares / requests - mean * mean;
            assertThat(counts.generationRequests()).isEqualTo(requests);
            assertThat(counts.generationTokens()).isEqualTo(tokens);
            assertThat(counts.generationKvTokens()).isEqualTo((int) kvTokens);
            assertThat(counts.generationKvVariance()).isCloseTo(variance, within(1e-6 * (1 + squares)));
            assertThat(counts.maxKvLength()).isEqualTo(longest);
        }

        private void checkBlocks(StepPlan plan, int i) {
            BlockTable table = plan.sequence(i).table;
            int blocks = scheduler.kvCache().blocksFor(plan.firstToken(i) + plan.tokenCount(i));
            assertThat(blocks).isLessThanOrEqualTo(table.size());
            assertThat(Arrays.equals(plan.blockIds(i), 0, blocks, table.ids(), 0, blocks)).as("block ids of entry " + i).isTrue();
        }

        /// What a plan says, however it shares it with other plans; the same as long as it is in flight.
        private int fingerprint(StepPlan plan) {
            int hash = plan.counts().hashCode();
            for (int i = 0; i < plan.size(); i++) {
                hash = 31 * hash + Objects.hash(plan.sequence(i), plan.firstToken(i), plan.tokenCount(i), plan.isContext(i),
                        plan.samples(i), plan.isNew(i), plan.isResumed(i), plan.draftCount(i));
                int blocks = scheduler.kvCache().blocksFor(plan.firstToken(i) + plan.tokenCount(i));
                for (int k = 0; k < blocks; k++) {
                    hash = 31 * hash + plan.blockIds(i)[k];
                }
            }
            return hash;
        }

        /// No token is computed before the encoder inputs that it stands for.
        private void encode(StepPlan plan, int i) {
            List<EncoderInput> inputs = plan.sequence(i).request().encoderInputs();
            for (int input : plan.encoderInputs(i)) {
                encoded.add(inputs.get(input).contentHash());
            }
            int first = plan.firstToken(i);
            for (EncoderInput input : inputs) {
                if (input.position() < first + plan.tokenCount(i) && first < input.position() + input.tokens()) {
                    assertThat(encoded).as("encoder inputs computed so far").contains(input.contentHash());
                }
            }
        }

        /// @return tokens computed again
        private int schedule(StepPlan plan, int i) {
            Account account = account(plan.sequence(i));
            int first = plan.firstToken(i);
            int count = plan.tokenCount(i);
            assertThat(count).isPositive();
            if (plan.isNew(i) || plan.isResumed(i)) {
                account.served += Math.max(0, first - account.highWater);
            } else {
                assertThat(first).as("positions follow each other").isEqualTo(account.expectedFirst);
            }
            if (account.scheduled == 0) {
                account.firstScheduled = plan.iteration();
                assertThat(account.firstScheduled).as("I6: arrival before first schedule").isGreaterThan(account.arrivedAfter);
            }
            account.expectedFirst = first + count;
            account.scheduled += count;
            int recomputed = Math.max(0, Math.min(first + count, account.highWater) - first);
            account.recomputed += recomputed;
            return recomputed;
        }

        private void completeOldest() {
            StepPlan plan = inFlight.remove();
            assertThat(fingerprints.remove(plan)).as("a plan does not change").isEqualTo(fingerprint(plan));
            RandomOutcome outcome = new RandomOutcome(plan, config.speculativeTokens(), random);
            int[] outputs = new int[plan.size()];
            for (int i = 0; i < plan.size(); i++) {
                outputs[i] = plan.sequence(i).outputTokens();
            }
            List<Sequence> finished = scheduler.complete(plan, outcome);
            for (int i = 0; i < plan.size(); i++) {
                if (plan.sequence(i).outputTokens() > 0 && outputs[i] == 0) {
                    firstToken(plan, i);
                }
                if (plan.samples(i)) {
                    discard(plan.sequence(i), plan.draftCount(i) + 1 - (plan.sequence(i).outputTokens() - outputs[i]));
                }
            }
            for (Sequence sequence : finished) {
                assertThat(ended.add(sequence)).as("finished once").isTrue();
                liveIds.remove(sequence.request().id());
                checkFinished(sequence);
                assertThat(plan.iteration()).as("I6: first token before the end").isGreaterThanOrEqualTo(account(sequence).firstToken);
            }
        }

        /// The step that yields a request's first token computes the last token of its prompt, and no other did so before.
        private void firstToken(StepPlan plan, int i) {
            Account account = account(plan.sequence(i));
            account.firstToken = plan.iteration();
            assertThat(account.firstScheduled).as("I6: first schedule before first token").isBetween(1L, account.firstToken);
            assertThat(plan.firstToken(i) + plan.tokenCount(i) - plan.draftCount(i)).isEqualTo(plan.sequence(i).request().promptTokens());
        }

        /// Draft tokens that were rejected, or that stood behind the last token.
        private void discard(Sequence sequence, int tokens) {
            Account account = account(sequence);
            if (sequence.state() == Sequence.State.RUNNING && account.expectedFirst > 0) {
                account.expectedFirst -= tokens;
            }
            account.discarded += tokens;
        }

        /// I7, for each request: what was scheduled is its prompt and output but the last token, less what the cache served, plus what
        /// was computed again; and what came to nothing: draft tokens, and a step that was in flight when a stop token came.
        private void checkFinished(Sequence sequence) {
            Request request = sequence.request();
            Account account = account(sequence);
            int outputs = sequence.outputTokens();
            assertThat(outputs).isBetween(1, request.stopRules().maxTokens());
            int own = request.promptTokens() + outputs - 1 - account.served + account.recomputed;
            if (config.speculativeTokens() == 0) {
                assertThat(account.scheduled).as("I7 for " + request).isEqualTo(own + tokensInFlight(sequence));
            } else if (sequence.preemptions() == 0) {
                assertThat(account.scheduled).as("I7 for " + request).isEqualTo(own + account.discarded + tokensInFlight(sequence));
            } else {
                assertThat(account.scheduled).as("I7 for " + request).isGreaterThanOrEqualTo(own);
            }
        }

        private int tokensInFlight(Sequence sequence) {
            int tokens = 0;
            for (StepPlan plan : inFlight) {
                for (int i = 0; i < plan.size(); i++) {
                    tokens += plan.sequence(i) == sequence ? plan.tokenCount(i) : 0;
                }
            }
            return tokens;
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
