package dev.iterscope.projection.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.simulate.DataParallel;
import dev.iterscope.projection.simulate.TestTimes;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class OtherKnobsTest {

    /// Steps that cost the same whatever they do, so that more sequences are free throughput.
    private record FlatModel() implements FittedStepModel {
        @Override
        public StepTimes point() {
            return new TestTimes(10_000_000, 0, 0);
        }

        @Override
        public StepTimes draw(int index, long seed) {
            return point();
        }

        @Override
        public ModelSummary summary() {
            return new ModelSummary(ModelSummary.Level.ITERATION, true, List.of(), Optional.empty(), List.of(),
                    new ModelSummary.Fit(1, 0, OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty()));
        }

        @Override
        public Support supportFor(Collection<StepCounts> visited) {
            return Support.INTERPOLATED;
        }
    }

    private static SweepSpec spec(int sequences, long kvTokens) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            requests.add(Request.of("r" + i, new Prompt.Seeded(64, i), 64, 0));
        }
        return new SweepSpec(List.of(Setting.of(512, sequences)), SchedulerConfig.of(512, sequences, 4096), 16, false, DataParallel.NONE,
                new KvCapacity.Constant(kvTokens, "given"), new Workload("test", requests, OptionalInt.empty(), ""), new FlatModel(),
                new Rule(new Goal.Knee(), Slo.NONE, Rule.DEFAULT_LEVEL, Optional.empty()), 0, 0);
    }

    private static Optional<String> say(SweepSpec spec) {
        return OtherKnobs.say(spec, new Sweep(spec, Progress.NONE, () -> false).run().getFirst(), 0);
    }

    @Test
    void fewSequencesAreTheKnobWhereStepsAreFlat() {
        assertThat(say(spec(4, 100_000))).hasValueSatisfying(words -> assertThat(words).contains("max-num-seqs", "8 in place of 4"));
    }

    @Test
    void littleMemoryIsTheKnobWhereRequestsWaitForIt() {
        assertThat(say(spec(64, 512))).hasValueSatisfying(words -> assertThat(words).contains("KV memory"));
    }

    @Test
    void nothingIsSaidWhereNothingBinds() {
        assertThat(say(spec(64, 100_000))).isEmpty();
    }
}
