package dev.iterscope.engine.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.kvcache.ExtraKeys.Item;
import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.Request.CacheKey;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Block hashes and their extra keys: cases 47 and 48.
class BlockHashTest {

    private record Hash(long first, long second) {}

    private static Hash hash(long parentFirst, long parentSecond, long... words) {
        BlockHash hash = new BlockHash();
        hash.start(parentFirst, parentSecond);
        for (long word : words) {
            hash.add(word);
        }
        hash.finish();
        return new Hash(hash.first(), hash.second());
    }

    private static Request request(CacheKey key) {
        List<EncoderInput> inputs = List.of(new EncoderInput("hash1", 0, 5), new EncoderInput("hash2", 10, 5));
        return new Request("r", new Prompt.Seeded(20, 1), StopRules.length(1), SamplingParams.GREEDY, 0, 0, key, inputs);
    }

    @Test
    void case47ExtraKeysNameTheItemsThatABlockTouches() {
        Request request = request(CacheKey.TOKENS);
        assertThat(ExtraKeys.of(request, 0, 5).items()).containsExactly(new Item("hash1", 0));
        assertThat(ExtraKeys.of(request, 3, 8).items()).containsExactly(new Item("hash1", -3));
        assertThat(ExtraKeys.of(request, 6, 10).items()).isEmpty();
        assertThat(ExtraKeys.of(request, 0, 15).items()).containsExactly(new Item("hash1", 0), new Item("hash2", 10));
    }

    @Test
    void case47TheSaltBelongsToTheFirstBlockTheAdapterToAll() {
        Request request = request(new CacheKey(Optional.of("salt"), Optional.of("lora"), true));
        assertThat(ExtraKeys.of(request, 0, 5).salt()).contains("salt");
        assertThat(ExtraKeys.of(request, 5, 10).salt()).isEmpty();
        assertThat(ExtraKeys.of(request, 5, 10).loraName()).contains("lora");
    }

    @Test
    void case48TheStartValueIsFixedSoRunsAreRepeatable() {
        assertThat(hash(0, 0, 1, 2, 3, 4)).isEqualTo(hash(0, 0, 1, 2, 3, 4));
        assertThat(hash(0, 0, 1, 2, 3, 4)).isNotEqualTo(hash(0, 1, 1, 2, 3, 4)).isNotEqualTo(hash(0, 0, 1, 2, 4, 3));
    }

    @Test
    void textsDoNotRunIntoEachOther() {
        BlockHash one = new BlockHash();
        one.start(0, 0);
        one.add("ab");
        one.add("c");
        one.finish();
        BlockHash other = new BlockHash();
        other.start(0, 0);
        other.add("a");
        other.add("bc");
        other.finish();
        assertThat(one.first()).isNotEqualTo(other.first());
    }

    /// Some 90,000 blocks that differ in one or two bits: no two of their 64-bit halves are equal (expected number of accidentally
    /// equal pairs: 2 in 10¹⁰).
    @Test
    void similarBlocksHaveDifferentHashes() {
        Random random = new Random(5);
        Set<Long> firsts = new HashSet<>();
        Set<Long> seconds = new HashSet<>();
        long[] words = random.longs(8).toArray();
        int count = 0;
        for (int a = 0; a < 512; a++) {
            for (int b = a; b < 512; b += 1 + random.nextInt(2)) {
                long[] changed = words.clone();
                changed[a >>> 6] ^= 1L << a;
                changed[b >>> 6] ^= a == b ? 0 : 1L << b;
                Hash hash = hash(7, 9, changed);
                firsts.add(hash.first());
                seconds.add(hash.second());
                count++;
            }
        }
        assertThat(firsts).hasSize(count);
        assertThat(seconds).hasSize(count);
    }
}
