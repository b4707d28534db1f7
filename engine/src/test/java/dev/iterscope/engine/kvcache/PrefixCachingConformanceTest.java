package dev.iterscope.engine.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.kvcache.KvCacheConfig.FreeOrder;
import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.Request.CacheKey;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The cases of vLLM's `tests/v1/core/test_prefix_caching.py` that look into the cache, restated; the numbers in the names are those
/// of the conformance list in `docs/concepts/scheduler.md`.
class PrefixCachingConformanceTest {
    /// 48 tokens: a block of zeros, a block of ones, a block of twos.
    private static final int[] COMMON = IntStream.range(0, 48).map(i -> i / 16).toArray();

    private static KvCache cache(int blockSize, int blocks, FreeOrder order) {
        return new KvCache(new KvCacheConfig(blockSize, blocks, true, order));
    }

    private static int[] common(int unique, int value) {
        int[] tokens = Arrays.copyOf(COMMON, 48 + unique);
        Arrays.fill(tokens, 48, tokens.length, value);
        return tokens;
    }

    /// A request with its table, as the scheduler would drive it.
    private static final class Client {
        final BlockTable table;
        int[] tokens;

        Client(int[] tokens, CacheKey key, List<EncoderInput> inputs) {
            this.tokens = tokens;
            this.table = new BlockTable(
                    new Request("r", new Prompt.Tokens(tokens), StopRules.length(100), SamplingParams.GREEDY, 0, 0, key, inputs));
        }

        Client(int... tokens) {
            this(tokens, CacheKey.TOKENS, List.of());
        }

        int lookUp(KvCache cache) {
            return cache.lookUp(table, position -> tokens[position], tokens.length);
        }

        boolean admit(KvCache cache) {
            lookUp(cache);
            boolean admitted = cache.admit(table, tokens.length, 0, 0);
            if (admitted) {
                cacheAll(cache);
            }
            return admitted;
        }

        void cacheAll(KvCache cache) {
            cache.cache(table, position -> tokens[position], tokens.length);
        }

        void append(int count, int value) {
            int before = tokens.length;
            tokens = Arrays.copyOf(tokens, before + count);
            Arrays.fill(tokens, before, tokens.length, value);
        }

        List<Integer> blocks() {
            return IntStream.range(0, table.size()).map(table::id).boxed().toList();
        }
    }

    @Test
    void case35PrefillSharesFullBlocksAndFreesInTheOrderOfLaterVersions() {
        prefill(FreeOrder.UNHASHED_FIRST, new int[] {5, 4, 6, 7, 8, 9, 10, 3, 2, 1}, 5);
    }

    @Test
    void case35PrefillSharesFullBlocksAndFreesInTheOrderOfEarlierVersions() {
        prefill(FreeOrder.APPEND_ALL, new int[] {6, 7, 8, 9, 10, 4, 5, 3, 2, 1}, 6);
    }

    private static void prefill(FreeOrder order, int[] freed, int nextBlock) {
        KvCache cache = cache(16, 11, order);
        Client first = new Client(common(7, 3));
        assertThat(first.lookUp(cache)).isZero();
        assertThat(first.admit(cache)).isTrue();
        assertThat(first.blocks()).containsExactly(1, 2, 3, 4);

        Client second = new Client(common(5, 4));
        assertThat(second.lookUp(cache)).isEqualTo(48);
        assertThat(second.admit(cache)).isTrue();
        assertThat(second.blocks()).containsExactly(1, 2, 3, 5);
        assertThat(IntStream.of(1, 2, 3).map(cache.pool()::references)).containsOnly(2);
        assertThat(cache.pool().freeBlocks()).isEqualTo(5);

        cache.release(first.table);
        cache.release(second.table);
        assertThat(cache.pool().freeOrder()).containsExactly(freed);

        Client third = new Client(common(6, 5));
        assertThat(third.lookUp(cache)).isEqualTo(48);
        assertThat(third.admit(cache)).isTrue();
        assertThat(third.blocks()).containsExactly(1, 2, 3, nextBlock);
        assertThat(cache.pool().freeBlocks()).isEqualTo(6);
        cache.release(third.table);

        int[] expected = cache.pool().freeOrder();
        Client fourth = new Client(IntStream.range(1000, 1160).toArray());
        assertThat(fourth.admit(cache)).isTrue();
        assertThat(fourth.table.ids()).startsWith(expected);
        assertThat(cache.pool().freeBlocks()).isZero();
        assertThat(cache.pool().cachedBlocks()).as("only the new content is left").isEqualTo(10);
    }

    @Test
    void case36PromptLogprobsNeverReadTheCacheButFillIt() {
        KvCache cache = cache(16, 20, FreeOrder.APPEND_ALL);
        CacheKey unreadable = new CacheKey(Optional.empty(), Optional.empty(), false);
        Client first = new Client(common(7, 3), unreadable, List.of());
        assertThat(first.admit(cache)).isTrue();
        assertThat(first.blocks()).containsExactly(1, 2, 3, 4);
        Client reader = new Client(common(5, 4));
        assertThat(reader.lookUp(cache)).as("others read what it filled").isEqualTo(48);
        Client second = new Client(common(5, 4), unreadable, List.of());
        assertThat(second.lookUp(cache)).isZero();
        assertThat(second.admit(cache)).isTrue();
        assertThat(second.blocks()).as("equal content, blocks of its own").containsExactly(5, 6, 7, 8);
        assertThat(cache.pool().cachedBlocks()).isEqualTo(6);
        cache.verify(List.of(first.table, second.table));
    }

    @Test
    void case37DecodeTakesABlockOnlyWhenTheLastIsFullAndCachesThatOne() {
        KvCache cache = cache(16, 11, FreeOrder.APPEND_ALL);
        Client client = new Client(common(7, 3));
        assertThat(client.admit(cache)).isTrue();
        client.append(4, 8);
        assertThat(cache.grow(client.table, 59)).isTrue();
        client.cacheAll(cache);
        assertThat(client.blocks()).hasSize(4);
        assertThat(cache.pool().isCached(4)).isFalse();
        client.append(19, 9);
        assertThat(cache.grow(client.table, 78)).isTrue();
        client.cacheAll(cache);
        assertThat(client.blocks()).containsExactly(1, 2, 3, 4, 5);
        assertThat(cache.pool().isCached(4)).isTrue();
        assertThat(cache.pool().isCached(5)).isFalse();
    }

    @Test
    void case39AReusedBlockLosesItsHash() {
        KvCache cache = cache(16, 2, FreeOrder.APPEND_ALL);
        Client first = new Client(IntStream.range(0, 16).toArray());
        assertThat(first.admit(cache)).isTrue();
        assertThat(cache.pool().isCached(1)).isTrue();
        cache.release(first.table);
        Client second = new Client(IntStream.range(0, 15).toArray());
        assertThat(second.admit(cache)).isTrue();
        assertThat(second.blocks()).containsExactly(1);
        assertThat(cache.pool().isCached(1)).isFalse();
    }

    @Test
    void case40BlocksThatWereHitAreNotEvictedForTheRest() {
        KvCache cache = cache(16, 3, FreeOrder.APPEND_ALL);
        Client first = new Client(IntStream.range(0, 16).toArray());
        Client second = new Client(IntStream.range(100, 116).toArray());
        assertThat(first.admit(cache)).isTrue();
        assertThat(second.admit(cache)).isTrue();
        cache.release(first.table);
        cache.release(second.table);
        Client third = new Client(IntStream.range(0, 32).toArray());
        assertThat(third.lookUp(cache)).isEqualTo(16);
        assertThat(third.admit(cache)).isTrue();
        assertThat(third.blocks()).containsExactly(1, 2);
    }

    @Test
    void case41WithoutCachingNothingIsFoundAndAFullPoolRefuses() {
        KvCache cache = new KvCache(KvCacheConfig.of(4, 5, false));
        Client first = new Client(IntStream.range(0, 10).toArray());
        assertThat(first.admit(cache)).isTrue();
        assertThat(first.blocks()).hasSize(3);
        cache.release(first.table);
        Client second = new Client(IntStream.range(0, 16).toArray());
        assertThat(second.lookUp(cache)).isZero();
        assertThat(second.admit(cache)).isTrue();
        assertThat(second.blocks()).hasSize(4);
        assertThat(new Client(0, 1, 2, 3).admit(cache)).isFalse();
    }

    @Test
    void case42OnlyFullBlocksAreCachedEachOnce() {
        KvCache cache = cache(4, 10, FreeOrder.APPEND_ALL);
        Client client = new Client(IntStream.range(0, 14).toArray());
        client.lookUp(cache);
        assertThat(cache.admit(client.table, 14, 0, 0)).isTrue();
        cache.cache(client.table, position -> position, 11);
        assertThat(cache.pool().cachedBlocks()).isEqualTo(2);
        cache.cache(client.table, position -> position, 14);
        assertThat(cache.pool().cachedBlocks()).isEqualTo(3);
        cache.cache(client.table, position -> position, 14);
        assertThat(cache.pool().cachedBlocks()).isEqualTo(3);
    }

    @Test
    void case43ImagesArePartOfTheKeyByContentAndOffset() {
        List<EncoderInput> images = List.of(new EncoderInput("aaa", 11, 10), new EncoderInput("bbb", 30, 18));
        KvCache cache = cache(16, 20, FreeOrder.APPEND_ALL);
        Client first = new Client(common(7, 3), CacheKey.TOKENS, images);
        assertThat(first.admit(cache)).isTrue();
        assertThat(new Client(common(5, 4), CacheKey.TOKENS, images).lookUp(cache)).isEqualTo(48);
        assertThat(new Client(common(5, 4)).lookUp(cache)).as("same tokens without images").isZero();
        List<EncoderInput> other = List.of(new EncoderInput("aaa", 11, 10), new EncoderInput("ccc", 30, 18));
        assertThat(new Client(common(5, 4), CacheKey.TOKENS, other).lookUp(cache)).as("second image differs").isEqualTo(16);
    }

    @Test
    void saltsAndAdaptersSeparate() {
        KvCache cache = cache(16, 20, FreeOrder.APPEND_ALL);
        CacheKey salted = new CacheKey(Optional.of("tenant"), Optional.empty(), true);
        CacheKey adapted = new CacheKey(Optional.empty(), Optional.of("tenant"), true);
        assertThat(new Client(common(7, 3), salted, List.of()).admit(cache)).isTrue();
        assertThat(new Client(common(7, 4)).lookUp(cache)).isZero();
        assertThat(new Client(common(7, 4), adapted, List.of()).lookUp(cache)).isZero();
        assertThat(new Client(common(7, 4), salted, List.of()).lookUp(cache)).isEqualTo(48);
    }

    @Test
    void theLastTokenIsNeverServedFromTheCache() {
        KvCache cache = cache(16, 20, FreeOrder.APPEND_ALL);
        assertThat(new Client(common(0, 0)).admit(cache)).isTrue();
        assertThat(new Client(common(0, 0)).lookUp(cache)).as("a whole block is computed again").isEqualTo(32);
    }

    @Test
    void resetForgetsContentOnlyWhileNothingIsHeld() {
        KvCache cache = cache(16, 20, FreeOrder.APPEND_ALL);
        Client client = new Client(common(7, 3));
        assertThat(client.admit(cache)).isTrue();
        assertThat(cache.reset()).isFalse();
        cache.release(client.table);
        assertThat(cache.reset()).isTrue();
        assertThat(client.lookUp(cache)).isZero();
        assertThat(cache.pool().cachedBlocks()).isZero();
    }
}
