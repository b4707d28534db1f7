package dev.iterscope.engine.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Tokens held against blocks used, with the numbers of vLLM's proposed `test_kv_cache_token_usage.py` (block size 16).
class TokenUsageTest {

    private static StepCounts disjoint(int blockSize, int blocks, int... lengths) {
        Scheduler scheduler = scheduler(blockSize, blocks, false);
        for (int i = 0; i < lengths.length; i++) {
            scheduler.add(Request.of("r" + i, new Prompt.Seeded(lengths[i], i), 1, 0));
        }
        return scheduler.plan().counts();
    }

    private static Scheduler scheduler(int blockSize, int blocks, boolean caching) {
        return new Scheduler(SchedulerConfig.of(100_000, 100, 8192), KvCacheConfig.of(blockSize, blocks, caching), true);
    }

    @Test
    void disjointPromptsAddUp() {
        int[] lengths = {17, 20, 33, 64, 100};
        List<Integer> held = new ArrayList<>();
        for (int n = 1; n <= lengths.length; n++) {
            held.add(disjoint(16, 1000, Arrays.copyOf(lengths, n)).kvTokensHeld());
        }
        assertThat(held).containsExactly(17, 37, 70, 134, 234);
    }

    @Test
    void sharedBlocksCountOnce() {
        Scheduler scheduler = scheduler(16, 1000, true);
        for (int i = 0; i < 4; i++) {
            scheduler.add(Request.of("r" + i, new Prompt.Seeded(70, 9), 1, 0));
        }
        StepCounts counts = scheduler.plan().counts();
        assertThat(counts.kvBlocksUsed()).isEqualTo(8);
        assertThat(counts.kvTokensHeld()).isEqualTo(64 + 4 * 6);
    }

    @Test
    void aPoolFullOfBlocksIsNotFullOfTokens() {
        int[] lengths = new int[32];
        Arrays.fill(lengths, 17);
        StepCounts counts = disjoint(16, 65, lengths);
        assertThat(counts.kvUsage()).isEqualTo(1f);
        assertThat(counts.kvTokensHeld()).isEqualTo(544);
        assertThat(counts.kvTokensAllocated()).isEqualTo(1024);
    }

    @Test
    void fullBlocksHoldWhatTheyAllocate() {
        StepCounts whole = disjoint(16, 1000, 16, 32, 64);
        assertThat(whole.kvTokensHeld()).isEqualTo(whole.kvTokensAllocated());
        StepCounts single = disjoint(1, 1000, 17, 20, 33);
        assertThat(single.kvTokensHeld()).isEqualTo(single.kvTokensAllocated()).isEqualTo(70);
    }
}
