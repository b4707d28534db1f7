package dev.iterscope.projection.importer.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.projection.recording.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedIntervalsTest {

    private static final long[] WHOLES = {0, 1, -1, 7, 1_000_000_000, -5_000_000_000L, 1L << 61, Long.MAX_VALUE, Long.MIN_VALUE + 1};
    private static final double[] REALS = {0, 0.05, 0.1234, 1 / 3.0, 2345.67, 1e-300, 1e300, 999_999_999_999.5, Double.MIN_VALUE};

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257, 5000})
    void givesBackWhatItWasGiven(int count) {
        Random random = new Random(count);
        List<Interval> intervals = new ArrayList<>();
        PackedIntervals packed = new PackedIntervals();
        for (int i = 0; i < count; i++) {
            Interval interval = new Interval(random.nextInt(3), whole(random), whole(random), real(random), real(random), whole(random),
                    whole(random), real(random), real(random));
            intervals.add(interval);
            packed.add(interval);
        }
        assertThat(packed.equals(intervals)).isTrue();
        for (int i = 0; i < Math.min(count, 300); i++) {
            int index = random.nextInt(count);
            assertThat(packed.get(index)).isEqualTo(intervals.get(index));
        }
        assertThatThrownBy(() -> packed.get(count)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> packed.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /// 2 GB of SGLang's decode lines of 160 bytes are 13 million: at ten bytes each they fit into a small heap.
    @Test
    void decodeLinesTakeSomeTenBytes() {
        Random random = new Random(1);
        PackedIntervals packed = new PackedIntervals();
        long end = 0;
        for (int i = 0; i < 10_000; i++) {
            end += random.nextInt(3) * 1_000_000_000L;
            packed.add(new Interval(0, OptionalLong.of(end), OptionalLong.empty(), OptionalDouble.empty(),
                    OptionalDouble.of(random.nextInt(500_000) / 100.0), OptionalLong.of(40 + random.nextInt(20)),
                    OptionalLong.of(random.nextInt(3)), OptionalDouble.of(random.nextInt(100) / 100.0), OptionalDouble.empty()));
        }
        assertThat(packed.packedBytes()).isLessThan(11 * 10_000);
    }

    private static OptionalLong whole(Random random) {
        return random.nextInt(3) == 0 ? OptionalLong.empty() : OptionalLong.of(WHOLES[random.nextInt(WHOLES.length)]);
    }

    private static OptionalDouble real(Random random) {
        return random.nextInt(3) == 0 ? OptionalDouble.empty() : OptionalDouble.of(REALS[random.nextInt(REALS.length)]);
    }
}
