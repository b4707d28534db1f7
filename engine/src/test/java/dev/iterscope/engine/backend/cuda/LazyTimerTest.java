package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.backend.ExecutionObserver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A run that times no kernel takes no profiling library into use.
class LazyTimerTest {
    private final List<String> calls = new ArrayList<>();
    private final LazyTimer timer = new LazyTimer(() -> {
        calls.add("open");
        return new Recorded();
    });

    /// Notes what it is asked.
    private final class Recorded implements KernelTimer {
        @Override
        public String source() {
            return "recorded";
        }

        @Override
        public KernelTrace begin(long iteration) {
            calls.add("begin " + iteration);
            return KernelTrace.NONE;
        }

        @Override
        public void report(long iteration, ExecutionObserver observer) {
            calls.add("report " + iteration);
        }

        @Override
        public void close() {
            calls.add("close");
        }
    }

    @Test
    void opensNothingForARunWithoutTimedSteps() {
        timer.report(1, ExecutionObserver.NONE);
        timer.close();

        assertThat(calls).isEmpty();
        assertThat(timer.source()).isEqualTo("nothing");
    }

    @Test
    void opensOnceAtTheFirstTimedStep() {
        timer.report(1, ExecutionObserver.NONE);
        timer.begin(2);
        timer.report(2, ExecutionObserver.NONE);
        timer.begin(4);
        timer.close();

        assertThat(calls).containsExactly("open", "begin 2", "report 2", "begin 4", "close");
        assertThat(timer.source()).isEqualTo("recorded");
    }
}
