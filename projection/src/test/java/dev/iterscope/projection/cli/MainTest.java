package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    @Test
    void helpNamesEveryExitCode() {
        assertThat(run("--help")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("Exit codes:").contains("no setting meets the SLO").contains("an input cannot be used");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void versionNamesTheJdk() {
        assertThat(run("--version")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("iterscope ").contains("JDK " + Runtime.version());
    }

    @Test
    void unknownOptionIsAUsageError() {
        assertThat(run("--no-such-option")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--no-such-option").doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
    }
}
