package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.kvcache.KvCacheConfig.FreeOrder;
import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.Request.CacheKey;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import dev.iterscope.engine.schedule.SchedulerConfig.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/// Seeded random limits and requests with everything mixed: small pools, caching, priorities, async, encoders, drafts, stop rules.
public final class RandomWork {
    /// The token that ends a sequence where it has an end-of-sequence rule; outcomes sample from [0, 100).
    public static final int EOS = 7;

    private final Random random;
    private int images;

    public RandomWork(long seed) {
        this.random = new Random(seed);
    }

    public Random random() {
        return random;
    }

    public SchedulerConfig config() {
        int budget = oneOf(8, 17, 32, 64, 200, 512);
        boolean encoders = random.nextInt(3) == 0;
        return new SchedulerConfig(
                budget,
                oneOf(1, 2, 4, 8, 32),
                oneOf(64, 200, 1000),
                random.nextInt(4) != 0,
                oneOf(0, 0, 10, 40),
                random.nextBoolean() ? Policy.FCFS : Policy.PRIORITY,
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextInt(3) == 0 ? 0.1 : 0.0,
                encoders ? oneOf(16, 48) : budget,
                random.nextInt(3) != 0,
                random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0);
    }

    public KvCacheConfig kv() {
        int blockSize = oneOf(1, 4, 8, 16);
        return new KvCacheConfig(
                blockSize,
                2 + oneOf(40, 100, 200) / blockSize + random.nextInt(8),
                random.nextBoolean(),
                random.nextBoolean() ? FreeOrder.APPEND_ALL : FreeOrder.UNHASHED_FIRST);
    }

    /// A request; some can never run.
    public Request request(String id, long arrivalNanos) {
        int length = 1 + random.nextInt(random.nextInt(20) == 0 ? 300 : 80);
        int maxTokens = 1 + random.nextInt(40);
        int minTokens = random.nextInt(4) == 0 ? random.nextInt(maxTokens + 1) : 0;
        StopRules rules = random.nextInt(3) == 0
                ? new StopRules(maxTokens, minTokens, OptionalInt.of(EOS), random.nextBoolean() ? List.of(11, 12) : List.of())
                : StopRules.length(maxTokens);
        CacheKey key = new CacheKey(
                random.nextInt(6) == 0 ? Optional.of("tenant" + random.nextInt(2)) : Optional.empty(),
                random.nextInt(6) == 0 ? Optional.of("adapter" + random.nextInt(2)) : Optional.empty(),
                random.nextInt(10) != 0);
        return new Request(
                id,
                new Prompt.Seeded(length, random.nextInt(5)),
                rules,
                SamplingParams.GREEDY,
                random.nextInt(4),
                arrivalNanos,
                key,
                encoderInputs(length));
    }

    private List<EncoderInput> encoderInputs(int promptTokens) {
        List<EncoderInput> inputs = new ArrayList<>();
        if (random.nextInt(5) == 0) {
            int position = random.nextInt(10);
            while (position < promptTokens) {
                // Requests that come close to each other have images in common; new ones keep coming.
                int image = images++ / 8 * 2 + random.nextInt(2);
                int tokens = Math.min(1 + image * 7 % 20, promptTokens - position);
                inputs.add(new EncoderInput("image" + image + "x" + tokens, position, tokens));
                position += tokens + random.nextInt(15);
            }
        }
        return inputs;
    }

    private int oneOf(int... values) {
        return values[random.nextInt(values.length)];
    }
}
