package dev.iterscope.engine.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FreeBlockQueueTest {

    /// vLLM's `test_free_kv_cache_block_queue_operations`.
    @Test
    void case45TakesRemovesAndAppends() {
        FreeBlockQueue queue = new FreeBlockQueue(0, 5);
        assertThat(queue.removeFirst()).isZero();
        assertThat(queue.size()).isEqualTo(4);
        queue.remove(2);
        assertThat(queue.size()).isEqualTo(3);
        queue.addLast(2);
        assertThat(queue.toArray()).containsExactly(1, 3, 4, 2);
        for (int expected : new int[] {1, 3, 4, 2}) {
            assertThat(queue.removeFirst()).isEqualTo(expected);
        }
        assertThat(queue.size()).isZero();
        assertThatThrownBy(queue::removeFirst).isInstanceOf(NoSuchElementException.class).hasMessage("No free blocks available");
    }

    static LongStream seeds() {
        return LongStream.range(0, 30);
    }

    /// Against a plain list.
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void behavesAsAList(long seed) {
        Random random = new Random(seed);
        int end = 1 + random.nextInt(200);
        FreeBlockQueue queue = new FreeBlockQueue(1, end);
        List<Integer> model = new ArrayList<>();
        for (int id = 1; id < end; id++) {
            model.add(id);
        }
        List<Integer> taken = new ArrayList<>();
        for (int step = 0; step < 2_000; step++) {
            int kind = random.nextInt(4);
            if (kind == 0 && !model.isEmpty()) {
                int id = queue.removeFirst();
                assertThat(id).isEqualTo(model.removeFirst());
                taken.add(id);
            } else if (kind == 1 && !model.isEmpty()) {
                int index = random.nextInt(model.size());
                int id = model.get(index);
                model.subList(index, index + 1).clear();
                queue.remove(id);
                taken.add(id);
            } else if (!taken.isEmpty()) {
                int index = random.nextInt(taken.size());
                int id = taken.get(index);
                taken.subList(index, index + 1).clear();
                if (kind == 2) {
                    queue.addFirst(id);
                    model.addFirst(id);
                } else {
                    queue.addLast(id);
                    model.addLast(id);
                }
            }
            assertThat(queue.size()).isEqualTo(model.size());
        }
        assertThat(queue.toArray()).containsExactly(model.stream().mapToInt(Integer::intValue).toArray());
    }

    @Test
    void aPoolOfAnySizeCostsNothingUntilUsed() {
        FreeBlockQueue queue = new FreeBlockQueue(1, Integer.MAX_VALUE);
        assertThat(queue.removeFirst()).isEqualTo(1);
        assertThat(queue.removeFirst()).isEqualTo(2);
        assertThat(queue.size()).isEqualTo(Integer.MAX_VALUE - 3);
    }
}
