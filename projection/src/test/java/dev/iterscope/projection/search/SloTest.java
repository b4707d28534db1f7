package dev.iterscope.projection.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SloTest {

    @Test
    void allBoundsHaveToHold() {
        Slo slo = Slo.parse("p99_ttft_ms<=2000, output_throughput>=100");
        assertThat(slo.isMet(Map.of("p99_ttft_ms", 2000.0, "output_throughput", 100.0))).isTrue();
        assertThat(slo.isMet(Map.of("p99_ttft_ms", 2000.1, "output_throughput", 100.0))).isFalse();
        assertThat(slo.isMet(Map.of("p99_ttft_ms", 1.0))).isFalse();
        assertThat(slo).hasToString("p99_ttft_ms<=2000,output_throughput>=100");
    }

    @Test
    void theWorstBoundDecidesTheExcess() {
        Slo slo = Slo.parse("p99_ttft_ms<=2000,output_throughput>=100");
        assertThat(slo.worstExcess(Map.of("p99_ttft_ms", 3000.0, "output_throughput", 90.0))).isEqualTo(0.5);
        assertThat(slo.worstExcess(Map.of("p99_ttft_ms", 1000.0, "output_throughput", 110.0))).isEqualTo(-0.1);
    }

    @Test
    void latencyBoundsBecomeLimitsOfARequest() {
        Slo slo = Slo.parse("p99_ttft_ms<=2000,mean_tpot_ms<=50,p99_itl_ms<=80");
        assertThat(slo.goodputLimits().ttftMs()).isEqualTo(2000);
        assertThat(slo.goodputLimits().tpotMs()).isEqualTo(50);
        assertThat(slo.goodputLimits().e2elMs()).isInfinite();
    }

    @ParameterizedTest
    @ValueSource(strings = {"p98_ttft_ms<=3", "ttft", "p99_ttft_ms<=", "p99_ttft_ms<=1e999", "p99_ttft_ms==3", "", "p99_itl_ms<=-5",
        "p99_itl_ms<=0", "output_throughput>=-1", "p99_itl_ms<=5,p99_itl_ms<=6", "p99_itl_ms<=5,p99_itl_ms<=5",
        "output_throughput>=5,output_throughput<=4", "output_throughput<=4,output_throughput>=5"})
    void otherTextAndBoundsThatSayNothingAreAUsageError(String text) {
        assertThatThrownBy(() -> Slo.parse(text)).isInstanceOfSatisfying(UserInputException.class,
                fault -> assertThat(fault.kind()).isEqualTo(UserInputException.Kind.USAGE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"output_throughput>=4,output_throughput<=5", "preemptions<=0", "p99_itl_ms<=5,p50_ttft_ms<=5"})
    void boundsOnBothSidesAndOnDifferentKeysAreTaken(String text) {
        assertThat(Slo.parse(text).bounds()).isNotEmpty();
    }
}
