package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.request.Request;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoServiceTest {
    private static final DemoService SERVICE = DemoService.on("emulated", 3);

    @Test
    void measuresTheRecommendedSettingItsNeighboursAndThePresentOne() {
        assertThat(SERVICE.budgets()).contains(SERVICE.present()).isSorted();
        assertThat(SERVICE.measuredBudgets(512)).isEqualTo(List.of(256, 512, 1024, 2048));
        assertThat(SERVICE.measuredBudgets(256)).isEqualTo(List.of(256, 512, 2048));
        assertThat(SERVICE.measuredBudgets(2048)).isEqualTo(List.of(1024, 2048, 4096));
    }

    @Test
    void itsWorkloadIsTheSameEachTimeAndAsLongAsAsked() {
        List<Request> requests = SERVICE.workload().requests();

        assertThat(DemoService.on("emulated", 3).workload().requests()).isEqualTo(requests);
        assertThat(requests.stream().filter(request -> request.id().startsWith("document"))).hasSize(3);
    }

    @Test
    void theCpuServesATinyModelAtItsOwnBudgets() {
        DemoService cpu = DemoService.on("cpu", 3);

        assertThat(cpu.nature()).isEmpty();
        assertThat(cpu.present()).isEqualTo(512);
        assertThat(cpu.budgets()).contains(512).isSorted();
        assertThat(cpu.engine().backend()).isEqualTo("cpu");
    }
}
