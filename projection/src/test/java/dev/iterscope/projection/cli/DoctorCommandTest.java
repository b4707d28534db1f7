package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {

    @Test
    void saysWhatCanBeUsed() {
        Cli cli = Cli.run("doctor");

        assertThat(cli.code()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out()).contains(Runtime.version().toString(), "cpu backend", "NVTX tool", "Flight Recorder");
        assertThat(cli.out() + cli.err()).doesNotContain("\tat ", "Exception");
    }

    @Test
    void jsonNamesEveryBackendAndTheCosts() throws IOException {
        JsonNode json = new ObjectMapper().readTree(Cli.run("doctor", "--format", "json").out());

        assertThat(json.path("schema_version").asInt()).isEqualTo(2);
        assertThat(json.at("/backends/cpu/usable").asBoolean()).isTrue();
        assertThat(json.at("/backends/cpu/findings")).anySatisfy(finding -> {
            assertThat(finding.get("name").asText()).isEqualTo("kernels");
            assertThat(finding.get("value").asText()).startsWith("vector-");
        });
        assertThat(json.at("/cost_nanos/events_recording").asDouble()).isPositive();
    }

    @Test
    void csvHasAHeader() {
        assertThat(Cli.run("doctor", "--format", "csv").out()).startsWith("section,name,value\n");
    }

    @Test
    void htmlIsAUsageError() {
        assertThat(Cli.run("doctor", "--format", "html").code()).isEqualTo(ExitCode.USAGE);
    }
}
