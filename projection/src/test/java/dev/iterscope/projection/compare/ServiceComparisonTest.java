package dev.iterscope.projection.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.projection.model.RecordingComparison;
import dev.iterscope.projection.search.Slo;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceComparisonTest {

    private static ServiceComparison compare(SimulatedService before, SimulatedService after) {
        return ServiceComparison.of(before.recording(), after.recording(), Slo.parse("p99_itl_ms<=20"), Optional.empty());
    }

    private static RecordingComparison steps(ServiceComparison comparison) {
        assertThat(comparison.steps()).isInstanceOf(ServiceComparison.Steps.Compared.class);
        return ((ServiceComparison.Steps.Compared) comparison.steps()).comparison();
    }

    private static ResultChange result(ServiceComparison comparison, String key) {
        return comparison.results().changes().stream().filter(change -> change.key().equals(key)).findFirst().orElseThrow();
    }

    /// The budget changes every batch with a prompt, and no kernel.
    @ParameterizedTest(name = "{0} to {1}, seed {2}")
    @CsvSource({"2048, 256, 1", "2048, 256, 2", "256, 2048, 3", "4096, 512, 4", "512, 1024, 5", "1024, 128, 6", "2048, 256, 7"})
    void otherBudgetsAreNoChangeOfTheSameKernels(int before, int after, long seed) {
        ServiceComparison comparison = compare(SimulatedService.serve(before, 1, seed), SimulatedService.serve(after, 1, seed + 100));

        RecordingComparison steps = steps(comparison);
        assertThat(steps.isShown()).as(steps.toString()).isFalse();
        assertThat(steps.terms()).noneMatch(RecordingComparison.TermChange::isShown);
        assertThat(steps.terms()).allMatch(term -> term.change().isPresent() == term.reason().isEmpty());
    }

    @Test
    void whatABudgetIsForIsSeenAndWhatItsBatchesDoNotTellIsNamed() {
        ServiceComparison comparison = compare(SimulatedService.serve(2048, 1, 1), SimulatedService.serve(256, 1, 2));

        assertThat(result(comparison, "p99_itl_ms").isBetter()).isTrue();
        assertThat(result(comparison, "mean_ttft_ms").isShown()).isTrue();
        assertThat(result(comparison, "mean_ttft_ms").isBetter()).isFalse();
        assertThat(comparison.objective().orElseThrow().metBefore()).contains(false);
        assertThat(comparison.objective().orElseThrow().metAfter()).contains(true);
        assertThat(comparison.missesObjective()).isFalse();
        RecordingComparison.TermChange dense =
                steps(comparison).terms().stream().filter(term -> term.name().equals("dense")).findFirst().orElseThrow();
        assertThat(dense.change()).isEmpty();
        assertThat(dense.reason()).contains("of its cost");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void fasterProductsAreAChangeOfTheDenseLayers(long seed) {
        ServiceComparison comparison = compare(SimulatedService.serve(1024, 1, seed), SimulatedService.serve(1024, 0.6, seed + 100));

        RecordingComparison.TermChange dense =
                steps(comparison).terms().stream().filter(term -> term.name().equals("dense")).findFirst().orElseThrow();
        assertThat(dense.isShown()).as(dense.toString()).isTrue();
        assertThat(dense.change().orElseThrow().percent().orElseThrow()).isBetween(-48.0, -32.0);
    }

    /// One definition of every figure: what the collector of a run says is what its recording says.
    @ParameterizedTest(name = "budget {0}")
    @ValueSource(ints = {64, 512, 4096})
    void aRecordingTellsWhatTheRunPrinted(int budget) {
        SimulatedService service = SimulatedService.serve(budget, 1, budget);
        Map<String, Double> recorded = RecordedResults.of(service.recording()).values();

        assertThat(service.printed().get("preemptions")).isZero();
        recorded.forEach((key, value) -> {
            if (!key.endsWith("_step_ms")) {
                // TPOT is recorded in whole nanoseconds.
                assertThat(value).as(key).isCloseTo(service.printed().getOrDefault(key, Double.NaN), within(1e-6));
            }
        });
        assertThat(recorded).containsKeys("duration", "output_throughput", "p99_ttft_ms", "p99_tpot_ms", "p99_itl_ms", "p99_e2el_ms",
                "peak_kv_usage");
    }
}
