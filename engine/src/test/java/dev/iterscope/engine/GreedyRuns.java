package dev.iterscope.engine;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.step.StepObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;

/// Greedy runs of one list of requests under several settings, for invariant I5.
final class GreedyRuns {
    private GreedyRuns() {}

    /// What may not change the tokens.
    ///
    /// @param blocks KV blocks of the pool; 0 for as many as fit
    record Setting(int maxNumBatchedTokens, boolean caching, boolean async, int blocks, int threads) {}

    /// What a run yielded.
    record Result(Map<String, List<Integer>> tokens, int preemptions) {}

    /// Each request by itself, the whole prompt in one step, one thread.
    static Map<String, List<Integer>> alone(ModelConfig model, List<Request> requests, long memory) {
        Outputs outputs = new Outputs();
        try (Engine engine = Engine.open(config(model, new Setting(1024, false, false, 0, 1), memory))) {
            engine.run(requests, OptionalInt.of(1), outputs);
        }
        return outputs.tokens;
    }

    /// All requests at once.
    static Result together(EngineConfig config, List<Request> requests) {
        Outputs outputs = new Outputs();
        try (Engine engine = Engine.open(config)) {
            engine.run(requests, OptionalInt.empty(), outputs);
        }
        return new Result(outputs.tokens, outputs.preemptions);
    }

    static EngineConfig config(ModelConfig model, Setting setting, long memory) {
        SchedulerConfig scheduler = SchedulerConfig.of(setting.maxNumBatchedTokens, 16, model.maxModelLen())
                .withAsyncScheduling(setting.async);
        EngineConfig config = EngineConfig.defaults(model)
                .withScheduler(scheduler)
                .withPrefixCaching(setting.caching)
                .withMemoryBytes(memory)
                .withThreads(setting.threads);
        return setting.blocks == 0 ? config : config.withKvBlocks(setting.blocks);
    }

    /// Prompts of 1 to 150 tokens, some with a common begin, and 5 to 29 tokens to yield.
    static List<Request> requests(int count) {
        Random random = new Random(17);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = 1 + random.nextInt(150);
            Prompt prompt = new Prompt.Seeded(length, i % 3 == 0 ? 1 : 100 + i);
            requests.add(Request.of("r" + i, prompt, 5 + random.nextInt(25), 0));
        }
        return requests;
    }

    private static final class Outputs implements StepObserver {
        private final Map<String, List<Integer>> tokens = new HashMap<>();
        private int preemptions;

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < sequence.outputTokens(); i++) {
                ids.add(sequence.outputToken(i));
            }
            tokens.put(sequence.request().id(), ids);
        }

        @Override
        public void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {
            preemptions++;
        }
    }
}
