package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class EngineLimitsTest {

    @Test
    void impliedSequencesAreLoweredWithANote() {
        EngineLimits limits = EngineLimits.resolve(OptionalInt.of(16), OptionalInt.empty(), 512, 64);

        assertThat(limits.maxNumSeqs()).isEqualTo(16);
        assertThat(limits.maxNumBatchedTokens()).isEqualTo(16);
        assertThat(limits.note()).hasValueSatisfying(note -> assertThat(note).contains("64").contains("16"));
    }

    @Test
    void anExplicitConflictIsAUsageFault() {
        assertThatThrownBy(() -> EngineLimits.resolve(OptionalInt.of(16), OptionalInt.of(64), 512, 64))
                .isInstanceOfSatisfying(
                        UserInputException.class, e -> assertThat(e.kind()).isEqualTo(UserInputException.Kind.USAGE));
    }

    @Test
    void whatFitsIsTakenAsGiven() {
        assertThat(EngineLimits.resolve(OptionalInt.empty(), OptionalInt.empty(), 512, 64))
                .isEqualTo(new EngineLimits(512, 64, Optional.empty()));
        assertThat(EngineLimits.resolve(OptionalInt.of(64), OptionalInt.of(64), 512, 64).note()).isEmpty();
    }

    @Test
    void valuesBelowOneAreUsageFaults() {
        assertThatThrownBy(() -> EngineLimits.resolve(OptionalInt.of(0), OptionalInt.empty(), 512, 64))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("--max-num-batched-tokens");
    }
}
