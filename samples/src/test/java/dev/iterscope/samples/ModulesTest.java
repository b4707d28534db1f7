package dev.iterscope.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The samples, and the architecture tests beside them, must see all modules.
class ModulesTest {

    @Test
    void everyModuleIsOnTheClassPath() {
        for (String module : List.of("profiler", "engine", "projection", "samples")) {
            assertThat(getClass().getClassLoader().getResource("dev/iterscope/" + module + "/package-info.class")).as(module).isNotNull();
        }
    }
}
