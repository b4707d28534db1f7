package dev.iterscope.profiler.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.profiler.DescribedEngine;
import dev.iterscope.profiler.TestCounts;
import dev.iterscope.profiler.event.FinishedRequest;
import dev.iterscope.profiler.event.IterationDetails;
import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.RequestEvents;
import dev.iterscope.profiler.event.StaticEvents;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LiveEventsTest {

    private static final int STEPS = 3000;

    private final List<LiveEngine> engines = new ArrayList<>();
    private final List<LiveIteration> iterations = new ArrayList<>();
    private final List<LiveRequest> requests = new ArrayList<>();
    private int ends;

    @Test
    void deliversEveryStepInOrderWithItsDetails() throws IOException {
        IterationRecorder recorder = new IterationRecorder();
        IterationDetails details = new IterationDetails() {
            @Override
            public int prefixQueriedTokens() {
                return 64;
            }
        };
        try (LiveEvents _ = LiveEvents.start(List.of(consumer()));
                StaticEvents _ = DescribedEngine.publish()) {
            for (int step = 0; step < STEPS; step++) {
                recorder.started();
                recorder.resultArrived();
                recorder.commit(TestCounts.MIXED.withIteration(step), details);
            }
            RequestEvents.finished(new FinishedRequest(
                    "a", 10, 0, 1, 0, OptionalLong.of(1000), OptionalLong.of(2000), OptionalLong.empty(), 3000, "length"));
        }

        assertThat(iterations)
                .extracting(LiveIteration::iteration)
                .containsExactlyElementsOf(IntStream.range(0, STEPS).boxed().toList());
        LiveIteration first = iterations.getFirst();
        assertThat(first)
                .usingRecursiveComparison()
                .comparingOnlyFields("contextRequests", "contextTokens", "kvBlocksUsed", "kvTokensHeld", "preemptions")
                .isEqualTo(TestCounts.MIXED);
        assertThat(first.kvUsage()).isEqualTo(0.5f);
        assertThat(iterations).allSatisfy(iteration -> assertThat(iteration.detail())
                .hasValueSatisfying(detail -> {
                    assertThat(detail.prefixQueriedTokens()).hasValue(64);
                    assertThat(detail.prefixHitTokens()).isEqualTo(OptionalInt.empty());
                }));
        assertThat(engines).isNotEmpty().containsOnly(new LiveEngine(16, 1000));
        assertThat(requests).hasSize(1);
        assertThat(requests.getFirst().timeToFirstToken()).hasValue(Duration.ofNanos(2000));
        assertThat(requests.getFirst().timePerOutputToken()).isEmpty();
        assertThat(ends).isEqualTo(1);
    }

    private LiveConsumer consumer() {
        return new LiveConsumer() {
            @Override
            public void engine(LiveEngine engine) {
                engines.add(engine);
            }

            @Override
            public void iteration(LiveIteration iteration) {
                iterations.add(iteration);
            }

            @Override
            public void request(LiveRequest request) {
                requests.add(request);
            }

            @Override
            public void end() {
                ends++;
            }
        };
    }
}
