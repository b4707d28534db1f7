package dev.iterscope.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.Request.CacheKey;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import dev.iterscope.engine.schedule.Sequence.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The cases of vLLM's `tests/v1/core/test_scheduler.py` and `test_async_scheduler.py` that need to look into the scheduler; those that
/// a scenario can express are data of the `schedule` command's test. Numbers: conformance list in `docs/concepts/scheduler.md`.
class SchedulerConformanceTest {
    private static final int EOS = 50256;

    /// The defaults of vLLM's `create_scheduler`.
    private static final SchedulerConfig CONFIG = SchedulerConfig.of(8192, 16, 8192);

    private static final KvCacheConfig KV = KvCacheConfig.of(16, 10_000, false);

    private static Request request(int i, int maxTokens) {
        int[] tokens = new int[10];
        Arrays.fill(tokens, i);
        return Request.of(Integer.toString(i), new Prompt.Tokens(tokens), maxTokens, i);
    }

    private static List<Sequence> addTen(Scheduler scheduler, int maxTokens) {
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sequences.add(accept(scheduler, request(i, maxTokens)));
        }
        return sequences;
    }

    private static Sequence accept(Scheduler scheduler, Request request) {
        return ((Admission.Accepted) scheduler.add(request)).sequence();
    }

    /// The same tokens for every entry that yields any.
    private static final class Yields implements StepOutcome {
        private final StepPlan plan;
        private final int[] tokens;
        private final int[] drafts;

        Yields(StepPlan plan, int[] tokens, int[] drafts) {
            this.plan = plan;
            this.tokens = tokens;
            this.drafts = drafts;
        }

        @Override
        public int tokenCount(int entry) {
            return plan.samples(entry) ? tokens.length : 0;
        }

        @Override
        public int token(int entry, int k) {
            return tokens[k];
        }

        @Override
        public int draftCount(int entry) {
            return drafts.length;
        }
    }

    private static List<Sequence> step(Scheduler scheduler, int... tokens) {
        StepPlan plan = scheduler.plan();
        return scheduler.complete(plan, new Yields(plan, tokens, new int[0]));
    }

    @Test
    void case1AddingQueues() {
        Scheduler scheduler = new Scheduler(CONFIG, KV, true);
        for (int i = 0; i < 10; i++) {
            accept(scheduler, request(i, 16));
            assertThat(scheduler.waitingCount()).isEqualTo(i + 1);
        }
    }

    @Test
    void case2And3AbortingWhileWaitingForgetsTheRequest() {
        Scheduler scheduler = new Scheduler(CONFIG, KV, true);
        List<Sequence> sequences = addTen(scheduler, 16);
        for (int i = 0; i < 10; i++) {
            assertThat(scheduler.abort(Integer.toString(i))).contains(sequences.get(i));
            assertThat(sequences.get(i).finishReason()).contains(FinishReason.ABORT);
            assertThat(scheduler.sequence(Integer.toString(i))).isEmpty();
            assertThat(scheduler.waitingCount()).isEqualTo(9 - i);
            assertThat(scheduler.unfinished()).isEqualTo(9 - i);
        }
        assertThat(scheduler.abort("0")).as("aborted already").isEmpty();
    }

    /// Two requests after their first step, with drafts pending so that several tokens can come at once.
    private static List<Sequence> twoGenerating(Scheduler scheduler, StopRules rules) {
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            sequences.add(accept(
                    scheduler,
                    new Request(
                            Integer.toString(i),
                            new Prompt.Seeded(10, i),
                            rules,
                            SamplingParams.GREEDY,
                            0,
                            0,
                            CacheKey.TOKENS,
                            List.of())));
        }
        return sequences;
    }

    private static List<Integer> outputs(Sequence sequence) {
        return IntStream.range(0, sequence.outputTokens()).map(sequence::outputToken).boxed().toList();
    }

    /// First token 10, then the rest in one step with two draft tokens.
    private static Sequence runWithDrafts(StopRules rules, int first, int... rest) {
        SchedulerConfig config = new SchedulerConfig(
                8192, 16, 8192, true, 0, SchedulerConfig.Policy.FCFS, false, false, 0, 8192, true, rest.length - 1);
        Scheduler scheduler = new Scheduler(config, KV, true);
        Sequence sequence = twoGenerating(scheduler, rules).getFirst();
        StepPlan plan = scheduler.plan();
        scheduler.complete(plan, new Yields(plan, new int[] {first}, new int[rest.length - 1]));
        plan = scheduler.plan();
        assertThat(plan.tokenCount(0)).isEqualTo(rest.length);
        assertThat(plan.draftCount(0)).isEqualTo(rest.length - 1);
        scheduler.complete(plan, new Yields(plan, rest, new int[rest.length - 1]));
        return sequence;
    }

    @Test
    void case11aEndOfSequenceStops() {
        Sequence stopped = runWithDrafts(new StopRules(16, 0, OptionalInt.of(EOS), List.of()), 10, EOS, 11);
        assertThat(stopped.finishReason()).contains(FinishReason.STOP);
        assertThat(outputs(stopped)).containsExactly(10, EOS);
        Sequence running = runWithDrafts(new StopRules(16, 0, OptionalInt.of(EOS), List.of()), 10, 11, 12);
        assertThat(running.state()).isEqualTo(State.RUNNING);
        assertThat(outputs(running)).containsExactly(10, 11, 12);
    }

    @Test
    void case11bAStopTokenStopsAndWhatFollowsIsCutOff() {
        Sequence sequence = runWithDrafts(new StopRules(16, 0, OptionalInt.of(EOS), List.of(42)), 10, 42, 12);
        assertThat(sequence.finishReason()).contains(FinishReason.STOP);
        assertThat(outputs(sequence)).containsExactly(10, 42);
    }

    @Test
    void case11cMaxTokensCutOff() {
        Sequence sequence = runWithDrafts(StopRules.length(2), 10, 11, 12);
        assertThat(sequence.finishReason()).contains(FinishReason.LENGTH);
        assertThat(outputs(sequence)).containsExactly(10, 11);
    }

    @Test
    void case11dEndOfSequenceCanBeIgnored() {
        Sequence sequence = runWithDrafts(StopRules.length(16), EOS, 10, 11);
        assertThat(sequence.state()).isEqualTo(State.RUNNING);
        assertThat(outputs(sequence)).containsExactly(EOS, 10, 11);
    }

    private static Sequence generate(StopRules rules, int... tokens) {
        Scheduler scheduler = new Scheduler(CONFIG, KV, true);
        Sequence sequence = twoGenerating(scheduler, rules).getFirst();
        for (int token : tokens) {
            step(scheduler, token);
        }
        return sequence;
    }

    @Test
    void case12NothingStopsBelowMinTokens() {
        StopRules five = new StopRules(16, 5, OptionalInt.of(EOS), List.of(42));
        assertThat(generate(five, 10, 11, EOS).state()).isEqualTo(State.RUNNING);
        assertThat(generate(five, 10, 11, 42).state()).isEqualTo(State.RUNNING);
        assertThat(generate(five, 1, 2, 3, 4, 5, 6, 7, 8, EOS).finishReason()).contains(FinishReason.STOP);
        assertThat(generate(five, 1, 2, 3, 4, 5, 6, 7, 8, 42).finishReason()).contains(FinishReason.STOP);
        StopRules none = new StopRules(16, 0, OptionalInt.of(EOS), List.of());
        assertThat(generate(none, 10, EOS).finishReason()).contains(FinishReason.STOP);
    }

    @Test
    void theModelLengthEndsASequence() {
        Scheduler scheduler = new Scheduler(SchedulerConfig.of(8192, 16, 13), KV, true);
        Sequence sequence = accept(scheduler, request(0, 100));
        for (int token = 1; token <= 3; token++) {
            step(scheduler, token);
        }
        assertThat(sequence.finishReason()).contains(FinishReason.LENGTH);
        assertThat(outputs(sequence)).containsExactly(1, 2, 3);
    }

    @Test
    void case15ResettingThePrefixCacheNeedsAnIdlePoolOrPreemptsInOrder() {
        Scheduler scheduler = new Scheduler(CONFIG, KvCacheConfig.of(16, 10_000, true), true);
        List<Sequence> sequences = addTen(scheduler, 16);
        step(scheduler, 1);
        assertThat(scheduler.runningCount()).isEqualTo(10);
        assertThat(scheduler.resetPrefixCache(false)).isFalse();
        assertThat(scheduler.resetPrefixCache(true)).isTrue();
        assertThat(scheduler.runningCount()).isZero();
        assertThat(scheduler.waiting()).containsExactlyElementsOf(sequences);
    }

    @Test
    void resettingWithAStepInFlightDropsItsOutcome() {
        Scheduler scheduler = new Scheduler(CONFIG.withAsyncScheduling(true), KvCacheConfig.of(16, 10_000, true), true);
        Sequence sequence = accept(scheduler, request(0, 16));
        StepPlan inFlight = scheduler.plan();
        assertThat(scheduler.resetPrefixCache(true)).isTrue();
        assertThat(scheduler.plan().isEmpty()).as("still in flight").isTrue();
        scheduler.complete(inFlight, new Yields(inFlight, new int[] {1}, new int[0]));
        assertThat(sequence.outputTokens()).isZero();
        assertThat(scheduler.plan().counts().contextTokens()).isEqualTo(10);
    }

    /// In each step one request is aborted while two steps are in flight: it keeps exactly the outputs of the steps before.
    @Test
    void case31AbortingWithTwoStepsInFlight() {
        Scheduler scheduler = new Scheduler(CONFIG.withAsyncScheduling(true), KV, true);
        List<Sequence> sequences = addTen(scheduler, 20);
        int[] order = {0, 8, 3, 1, 6, 4, 2, 5, 7, 9};
        ArrayDeque<StepPlan> inFlight = new ArrayDeque<>(List.of(scheduler.plan(), scheduler.plan()));
        int aborted = 0;
        while (!inFlight.isEmpty()) {
            if (aborted < order.length) {
                scheduler.abort(Integer.toString(order[aborted++]));
            }
            StepPlan oldest = inFlight.remove();
            scheduler.complete(oldest, new Yields(oldest, new int[] {1}, new int[0]));
            StepPlan next = scheduler.plan();
            if (!next.isEmpty()) {
                inFlight.add(next);
            }
        }
        for (int i = 0; i < order.length; i++) {
            assertThat(sequences.get(order[i]).outputTokens()).as("outputs of " + order[i]).isEqualTo(i);
        }
        assertThat(scheduler.kvCache().pool().usedBlocks()).isZero();
    }

    @Test
    void case34ASequenceIsScheduledAgainBeforeItsOutputIsKnown() {
        Scheduler scheduler = new Scheduler(CONFIG.withAsyncScheduling(true), KV, true);
        Sequence sequence = accept(scheduler, request(0, 3));
        StepPlan first = scheduler.plan();
        StepPlan second = scheduler.plan();
        StepPlan third = scheduler.plan();
        assertThat(List.of(first.tokenCount(0), second.tokenCount(0), third.tokenCount(0))).containsExactly(10, 1, 1);
        assertThat(sequence.pendingTokens()).isEqualTo(3);
        assertThat(sequence.outputTokens()).isZero();
        assertThat(scheduler.plan().isEmpty()).as("nothing beyond max_tokens").isTrue();
    }

    @Test
    void case49EncoderInputsAreCounted() {
        Scheduler scheduler = new Scheduler(CONFIG, KV, true);
        List<EncoderInput> images = List.of(new EncoderInput("a", 10, 196), new EncoderInput("b", 300, 196));
        accept(
                scheduler,
                new Request(
                        "r",
                        new Prompt.Seeded(600, 1),
                        StopRules.length(4),
                        SamplingParams.GREEDY,
                        0,
                        0,
                        CacheKey.TOKENS,
                        images));
        StepCounts counts = scheduler.plan().counts();
        assertThat(counts.encoderInputs()).isEqualTo(2);
        assertThat(counts.encoderTokens()).isEqualTo(392);
    }

    @Test
    void aRejectedDraftIsComputedAgain() {
        SchedulerConfig config =
                new SchedulerConfig(8192, 16, 8192, true, 0, SchedulerConfig.Policy.FCFS, false, false, 0, 8192, true, 3);
        Scheduler scheduler = new Scheduler(config, KV, true);
        Sequence sequence = accept(scheduler, request(0, 16));
        StepPlan plan = scheduler.plan();
        scheduler.complete(plan, new Yields(plan, new int[] {1}, new int[3]));
        plan = scheduler.plan();
        assertThat(plan.counts().generationTokens()).isEqualTo(4);
        assertThat(plan.counts().draftTokens()).isEqualTo(3);
        assertThat(sequence.computedTokens()).isEqualTo(14);
        scheduler.complete(plan, new Yields(plan, new int[] {2, 3}, new int[0]));
        assertThat(sequence.outputTokens()).as("one draft accepted").isEqualTo(3);
        assertThat(sequence.computedTokens()).as("two drafts rolled back").isEqualTo(12);
        assertThat(scheduler.plan().firstToken(0)).isEqualTo(12);
    }

    /// What cannot run is said at once, and does not keep others from running.
    @Test
    void whatCanNeverRunIsRejectedWithAReason() {
        Scheduler scheduler = new Scheduler(SchedulerConfig.of(64, 4, 200), KvCacheConfig.of(16, 11, false), true);
        assertThat(reason(scheduler, Request.of("long", new Prompt.Seeded(200, 1), 1, 0))).contains("max_model_len is 200");
        assertThat(reason(scheduler, Request.of("big", new Prompt.Seeded(161, 1), 1, 0))).contains("the cache holds 160");
        assertThat(reason(scheduler, Request.of("grows", new Prompt.Seeded(100, 1), 62, 0))).contains("up to 161 tokens");
        accept(scheduler, Request.of("fits", new Prompt.Seeded(100, 1), 61, 0));
        assertThat(reason(scheduler, Request.of("fits", new Prompt.Seeded(1, 1), 1, 0))).contains("id");
        int steps = 0;
        while (scheduler.unfinished() > 0) {
            step(scheduler, 1);
            assertThat(++steps).isLessThan(100);
        }
    }

    private static String reason(Scheduler scheduler, Request request) {
        return ((Admission.Rejected) scheduler.add(request)).reason();
    }

    /// A victim that was already part of the step must not leave blocks findable whose content is never computed.
    @Test
    void blocksOfAVictimTakenOutOfTheStepAreNotFound() {
        SchedulerConfig config =
                new SchedulerConfig(100, 4, 200, true, 0, SchedulerConfig.Policy.PRIORITY, false, false, 0, 100, true, 0);
        Scheduler scheduler = new Scheduler(config, KvCacheConfig.of(4, 8, true), true);
        accept(scheduler,
                new Request("low", new Prompt.Seeded(11, 1), StopRules.length(9), SamplingParams.GREEDY, 5, 0, CacheKey.TOKENS, List.of()));
        accept(scheduler, new Request("high", new Prompt.Seeded(16, 2), StopRules.length(9), SamplingParams.GREEDY, 0, 1, CacheKey.TOKENS,
                List.of()));
        step(scheduler, 7);
        int cachedBefore = scheduler.kvCache().pool().cachedBlocks();
        StepPlan plan = scheduler.plan();
        assertThat(plan.preemptions()).singleElement().satisfies(p -> assertThat(p.sequence().request().id()).isEqualTo("low"));
        assertThat(plan.size()).isEqualTo(1);
        assertThat(scheduler.kvCache().pool().cachedBlocks()).as("its third block was about to be filled").isEqualTo(cachedBefore);
    }
}
