package dev.iterscope.profiler.nvtx;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TextBufferTest {

    private final TextBuffer text = new TextBuffer(Arena.ofAuto());

    @ParameterizedTest
    @ValueSource(longs = {0, 7, 10, 99, 100, 68959, Integer.MAX_VALUE, Long.MAX_VALUE, -1, -10, Long.MIN_VALUE})
    void writesNumbersAsJavaDoes(long number) {
        assertThat(written(text.clear().append(number))).isEqualTo(Long.toString(number));
    }

    @ParameterizedTest
    @CsvSource({"3500, 68959, 5.1%", "0, 10, 0.0%", "10, 10, 100.0%", "0, 0, 0.0%", "1, 3, 33.3%", "1, 2000, 0.1%"})
    void writesSharesWithOneDecimal(long part, long whole, String expected) {
        assertThat(written(text.clear().appendPercent(part, whole))).isEqualTo(expected);
    }

    @Test
    void roundsEveryShareOfALargeCacheHalfUp() {
        for (int used = 0; used <= 68959; used += 7) {
            String expected = BigDecimal.valueOf(used)
                    .multiply(BigDecimal.valueOf(100))
                    .divide(BigDecimal.valueOf(68959), 1, RoundingMode.HALF_UP)
                    .toPlainString();
            assertThat(written(text.clear().appendPercent(used, 68959))).isEqualTo(expected + "%");
        }
    }

    @Test
    void cutsWhatDoesNotFitAndStillEnds() {
        text.clear();
        for (int i = 0; i < 1000; i++) {
            text.append(TextBuffer.piece("abc")).append('d').append(12345);
        }

        assertThat(written(text)).hasSizeBetween(500, 511).startsWith("abcd12345abcd");
    }

    private static String written(TextBuffer text) {
        return text.zeroTerminated().getString(0);
    }
}
