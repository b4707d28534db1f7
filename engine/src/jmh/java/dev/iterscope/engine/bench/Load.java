package dev.iterscope.engine.bench;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// A scheduler under a load that goes on for ever: whoever finishes is followed by a request that joins the end of the queue.
public final class Load {
    private static final int BLOCK_SIZE = 16;
    private static final int TOKEN_BUDGET = 8192;
    private static final int LONGEST = 1 << 20;

    /// What the steps are made of.
    public enum Kind {
        /// Every sequence decodes 4096 tokens in step with the others; one step in 4097 starts all of them anew.
        DECODE(16, 4096),
        /// The same sequences, spread evenly over their lives, in a pool that is full: now and then one ends and another is admitted.
        FULL(16, 4096),
        /// Prompts of 512 tokens, 256 output tokens, blocks for all: at 256 running one ends in each step and another one's prompt is
        /// computed.
        MIXED(512, 256),
        /// The same with three quarters of the blocks that the sequences come to need: preemption and recomputation.
        PRESSURE(512, 256);

        private final int promptTokens;
        private final int outputTokens;

        Kind(int promptTokens, int outputTokens) {
            this.promptTokens = promptTokens;
            this.outputTokens = outputTokens;
        }

        private int blocks(int outputs) {
            return (promptTokens + outputs + BLOCK_SIZE - 1) / BLOCK_SIZE;
        }

        /// Output tokens that sequence `i` of `n` still has to make at the start.
        private int firstOutputs(int i, int n) {
            return this == DECODE ? outputTokens : Math.max(1, (int) ((long) outputTokens * (i + 1) / n));
        }

        private int poolBlocks(int n) {
            if (this == PRESSURE || this == MIXED) {
                int blocks = n * blocks(outputTokens);
                return this == MIXED ? blocks : blocks * 3 / 4 + blocks(outputTokens);
            }
            int blocks = 0;
            for (int i = 0; i < n; i++) {
                blocks += blocks(firstOutputs(i, n));
            }
            return blocks;
        }
    }

    private final Scheduler scheduler;
    private final Map<Request, Request> successors = new IdentityHashMap<>();
    private final OneToken outcome = new OneToken();
    private final ArrayDeque<StepPlan> inFlight = new ArrayDeque<>();
    private final int depth;
    private final int poolBlocks;
    private long steps;
    private long scheduledRequests;
    private long contextRequests;
    private long pureSteps;
    private long preemptions;
    private double usage;

    /// A load.
    ///
    /// @param running    sequences that may run
    /// @param waiting    further requests that always wait
    /// @param poolFactor blocks of the pool, as a multiple of those that are needed
    Load(Kind kind, int running, int waiting, int poolFactor, boolean caching, boolean async) {
        SchedulerConfig config = SchedulerConfig.of(TOKEN_BUDGET, running, LONGEST).withAsyncScheduling(async);
        poolBlocks = kind.poolBlocks(running) * poolFactor;
        scheduler = new Scheduler(config, KvCacheConfig.of(BLOCK_SIZE, poolBlocks + 1, caching));
        depth = async ? 2 : 1;
        for (int i = 0; i < running; i++) {
            Request last = Request.of("next" + i, new Prompt.Seeded(kind.promptTokens, running + i), kind.outputTokens, 0);
            Request first = Request.of("first" + i, new Prompt.Seeded(kind.promptTokens, i), kind.firstOutputs(i, running), 0);
            successors.put(first, last);
            successors.put(last, last);
            scheduler.add(first);
        }
        for (int i = 0; i < waiting; i++) {
            Request request = Request.of("waiting" + i, new Prompt.Seeded(kind.promptTokens, 2L * running + i), kind.outputTokens, 0);
            successors.put(request, request);
            scheduler.add(request);
        }
    }

    /// Plans a step and takes in the outcome of the oldest.
    StepPlan step() {
        StepPlan plan = scheduler.plan();
        count(plan);
        inFlight.add(plan);
        if (inFlight.size() == depth) {
            outcome.nextStep();
            List<Sequence> finished = scheduler.complete(inFlight.remove(), outcome);
            for (int i = 0; i < finished.size(); i++) {
                Request successor = successors.get(finished.get(i).request());
                if (successor == null) {
                    throw new IllegalStateException("no successor of " + finished.get(i));
                }
                scheduler.add(successor);
            }
        }
        return plan;
    }

    private void count(StepPlan plan) {
        steps++;
        scheduledRequests += plan.size();
        int context = plan.counts().contextRequests();
        contextRequests += context;
        preemptions += plan.preemptions().size();
        pureSteps += context == 0 && plan.preemptions().isEmpty() ? 1 : 0;
        usage += plan.counts().kvUsage();
    }

    /// What the steps so far were made of, in words.
    String summary() {
        return String.format(
                "per step: %.1f requests, %.3f of them context, %.4f preemptions; %.2f %% of steps only decode; pool of %d blocks %.1f %% used",
                (double) scheduledRequests / steps,
                (double) contextRequests / steps,
                (double) preemptions / steps,
                100.0 * pureSteps / steps,
                poolBlocks,
                100 * usage / steps);
    }

    /// One token for each entry; never the same text twice, so that no block is found that another request made.
    private static final class OneToken implements StepOutcome {
        private int base;

        void nextStep() {
            base += 0x9E3779B9;
        }

        @Override
        public int tokenCount(int entry) {
            return 1;
        }

        @Override
        public int token(int entry, int k) {
            return (base ^ entry) >>> 1;
        }
    }
}
