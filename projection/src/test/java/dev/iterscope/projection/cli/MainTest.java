package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {

    @Test
    void helpNamesEveryExitCode() {
        Cli cli = Cli.run("--help");
        assertThat(cli.code()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out()).contains("Exit codes:", "no setting meets the SLO", "an input cannot be used");
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void versionNamesTheJdk() {
        Cli cli = Cli.run("--version");
        assertThat(cli.code()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out()).contains("iterscope ").contains("JDK " + Runtime.version());
    }

    @Test
    void unknownOptionIsOneLineAndAUsageError() {
        Cli cli = Cli.run("--no-such-option");
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).singleElement().asString().contains("--no-such-option", "iterscope --help");
        assertThat(cli.out()).isEmpty();
    }

    @Test
    void withoutASubcommandTheUsageIsTheAnswer() {
        Cli cli = Cli.run();
        assertThat(cli.code()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out()).contains("Usage: iterscope", "project", "sweep");
        assertThat(cli.err()).isEmpty();
    }
}
