package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {

    /// More threads than processors too: workers then come late, when the job is closed or the next is open.
    @ParameterizedTest(name = "{0} threads")
    @ValueSource(ints = {1, 2, 3, 16})
    void everyItemOfEveryJobIsDoneOnceAndSeen(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            int[] done = new int[64];
            for (int job = 1; job <= 3_000; job++) {
                int items = 1 + job * 31 % done.length;
                int number = job;
                pool.run((item, _) -> done[item] += number, items);
                for (int item = 0; item < items; item++) {
                    assertThat(done[item]).as("job %d, item %d", job, item).isEqualTo(number);
                }
                Arrays.fill(done, 0);
            }
        }
    }

    /// A worker that something keeps from running must not keep the others: here one is held inside a job's only long item, and the
    /// caller of later jobs is not held by those that never entered.
    @Test
    void theCallerWaitsForWorkersInsideTheJob() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch returned = new CountDownLatch(1);
        try (WorkerPool pool = new WorkerPool(2)) {
            Thread caller = new Thread(() -> {
                pool.run((_, worker) -> {
                    if (worker != 0) {
                        entered.countDown();
                        await(release);
                    } else {
                        await(entered);
                    }
                }, 2);
                returned.countDown();
            });
            caller.start();
            assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(returned.await(50, TimeUnit.MILLISECONDS)).as("an item is still being done").isFalse();
            release.countDown();
            assertThat(returned.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anItemThatFailsFailsTheJob() {
        CountDownLatch entered = new CountDownLatch(1);
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThatThrownBy(() -> pool.run((item, worker) -> {
                if (worker == 0) {
                    await(entered);
                } else {
                    entered.countDown();
                    throw new ArithmeticException("item " + item);
                }
            }, 2)).isInstanceOf(IllegalStateException.class).hasRootCauseInstanceOf(ArithmeticException.class);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
