package dev.iterscope.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.Request.CacheKey;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import dev.iterscope.engine.schedule.SchedulerConfig.Policy;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A sequence may give way after the step already holds its chunk and the encoder inputs of it. They are not computed for it then, and
/// nobody may rely on them.
///
/// Four tokens of each prompt in a step, so the image at positions 12 to 15 is due in the fourth.
class EncoderVictimTest {
    private static final EncoderInput IMAGE = new EncoderInput("image", 12, 4);

    private static Scheduler scheduler(int usableBlocks) {
        SchedulerConfig config = new SchedulerConfig(12, 4, 200, true, 4, Policy.PRIORITY, false, false, 0, 12, true, 0);
        return new Scheduler(config, KvCacheConfig.of(4, usableBlocks + 1, false), true);
    }

    private static void add(Scheduler scheduler, String id, int promptTokens, int priority, EncoderInput... inputs) {
        Request request = new Request(
                id,
                new Prompt.Seeded(promptTokens, id.hashCode()),
                StopRules.length(4),
                SamplingParams.GREEDY,
                priority,
                0,
                CacheKey.TOKENS,
                List.of(inputs));
        assertThat(scheduler.add(request)).isInstanceOf(Admission.Accepted.class);
    }

    private static StepPlan step(Scheduler scheduler) {
        StepPlan plan = scheduler.plan();
        scheduler.complete(plan, new RandomOutcome(plan, 0, new Random(1)));
        return plan;
    }

    /// The others are three chunks on when the one that is admitted last, but goes first, takes its third block.
    private static StepPlan fourthStep(Scheduler scheduler, EncoderInput... inputs) {
        step(scheduler);
        add(scheduler, "high", 12, 0, inputs);
        step(scheduler);
        step(scheduler);
        StepPlan plan = step(scheduler);
        assertThat(plan.preemptions()).singleElement().satisfies(p -> assertThat(id(p.sequence())).isEqualTo("low"));
        return plan;
    }

    private static String id(Sequence sequence) {
        return sequence.request().id();
    }

    @Test
    void whatOnlyTheVictimNeededIsForgotten() {
        Scheduler scheduler = scheduler(6);
        add(scheduler, "low", 16, 5, IMAGE);
        StepPlan plan = fourthStep(scheduler);
        assertThat(plan.size()).isEqualTo(1);
        assertThat(plan.counts().encoderInputs()).isZero();
        int steps = 0;
        while (plan.counts().encoderInputs() == 0) {
            assertThat(++steps).as("steps until the image is computed after all").isLessThan(20);
            plan = step(scheduler);
        }
        assertThat(id(plan.sequence(0))).isEqualTo("low");
        assertThat(plan.firstToken(0)).isEqualTo(12);
    }

    @Test
    void anotherEntryThatReliesOnItComputesIt() {
        Scheduler scheduler = scheduler(10);
        add(scheduler, "low", 16, 5, IMAGE);
        add(scheduler, "mid", 16, 3, IMAGE);
        StepPlan plan = fourthStep(scheduler);
        assertThat(IntStream.range(0, 2).mapToObj(i -> id(plan.sequence(i)))).containsExactly("mid", "high");
        assertThat(plan.encoderInputs(0)).containsExactly(0);
        assertThat(plan.encoderInputs(1)).isEmpty();
        assertThat(plan.counts().encoderTokens()).isEqualTo(4);
    }

    @Test
    void theSequenceThatTookTheBlocksComputesIt() {
        Scheduler scheduler = scheduler(6);
        add(scheduler, "low", 16, 5, IMAGE);
        StepPlan plan = fourthStep(scheduler, new EncoderInput("image", 8, 4));
        assertThat(id(plan.sequence(0))).isEqualTo("high");
        assertThat(plan.encoderInputs(0)).containsExactly(0);
    }

    /// What a waiting request found in the encoder cache is not kept for it until its turn comes: a request that is put before it could
    /// then find no room for its own inputs, and nothing would move any more.
    @Test
    void aWaitingRequestKeepsNothingFromOthers() {
        SchedulerConfig config = new SchedulerConfig(64, 4, 200, true, 0, Policy.PRIORITY, false, false, 0, 12, true, 0);
        Scheduler scheduler = new Scheduler(config, KvCacheConfig.of(4, 50, false), true);
        add(scheduler, "first", 8, 0, new EncoderInput("kept", 0, 8));
        step(scheduler);
        add(scheduler, "second", 24, 3, new EncoderInput("kept", 0, 8));
        StepPlan throttled = scheduler.plan(true);
        assertThat(throttled.size()).as("only the first goes on").isEqualTo(1);
        scheduler.complete(throttled, new RandomOutcome(throttled, 0, new Random(1)));
        add(scheduler, "third", 12, 1, new EncoderInput("other", 0, 12));
        StepPlan plan = scheduler.plan();
        assertThat(IntStream.range(0, plan.size()).mapToObj(i -> id(plan.sequence(i)))).contains("third");
    }
}
