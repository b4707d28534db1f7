package dev.iterscope.engine.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BlockIndexTest {

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    /// Against a map from hash to the blocks in order of caching; few hashes and few low bits, so that chains and gaps are frequent.
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void findsTheFirstCachedBlockOfEachHash(long seed) {
        Random random = new Random(seed);
        BlockIndex index = new BlockIndex();
        Map<Long, List<Integer>> model = new HashMap<>();
        Map<Integer, Long> hashes = new HashMap<>();
        for (int step = 0; step < 5_000; step++) {
            int id = 1 + random.nextInt(300);
            Long hash = hashes.remove(id);
            if (hash != null) {
                index.remove(id);
                model.getOrDefault(hash, new ArrayList<>()).removeIf(other -> other == id);
            } else {
                long fresh = (long) random.nextInt(40) << 58 | random.nextInt(5);
                index.add(id, fresh, fresh + 1);
                hashes.put(id, fresh);
                model.computeIfAbsent(fresh, key -> new ArrayList<>()).add(id);
            }
            if (step % 50 == 0) {
                index.verify();
                model.forEach((key, ids) -> assertThat(index.find(key, key + 1)).isEqualTo(ids.isEmpty() ? 0 : ids.getFirst()));
                assertThat(index.blocks()).isEqualTo(hashes.size());
            }
        }
    }

    /// A watched search that is said to hold would find the same blocks, whatever was added and removed since; and it is not given up
    /// for what does not concern it.
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aWatchedSearchHoldsUntilItsOutcomeChanges(long seed) {
        Random random = new Random(seed);
        BlockIndex index = new BlockIndex();
        boolean[] cached = new boolean[300];
        int[] found = {};
        int kept = 0;
        int lost = 0;
        for (int step = 0; step < 5_000; step++) {
            if (!index.watchedSearchHolds()) {
                found = search(index);
                index.watch(found, found.length, found.length, 7);
                lost++;
            }
            int id = 1 + random.nextInt(cached.length - 1);
            if (cached[id]) {
                index.remove(id);
            } else {
                index.add(id, random.nextInt(40), 7);
            }
            cached[id] = !cached[id];
            int[] now = search(index);
            if (index.watchedSearchHolds()) {
                assertThat(now).isEqualTo(found);
                kept++;
            }
            if (random.nextInt(1000) == 0) {
                index.clear();
                Arrays.fill(cached, false);
                assertThat(index.watchedSearchHolds()).isFalse();
            }
        }
        assertThat(kept).isGreaterThan(lost);
    }

    /// The blocks with the hashes 0, 1, 2 and so on to the first that is missing.
    private static int[] search(BlockIndex index) {
        int[] ids = new int[40];
        int count = 0;
        while (count < ids.length && index.find(count, 7) != 0) {
            ids[count] = index.find(count, 7);
            count++;
        }
        return Arrays.copyOf(ids, count);
    }
}
