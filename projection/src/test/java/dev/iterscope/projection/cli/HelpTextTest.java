package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class HelpTextTest {
    private static String help(boolean colour, int columns, String... args) {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        assertThat(Main.run(new Console(writer, writer, false, colour, columns), args)).isZero();
        writer.flush();
        return out.toString();
    }

    private static Map<String, CommandLine> commands() {
        StringWriter none = new StringWriter();
        return Main.commandLine(Console.plain(new PrintWriter(none), new PrintWriter(none))).getSubcommands();
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 100, 140})
    void everyNameIsThereAndWhole(int columns) {
        commands().forEach((name, command) -> {
            String text = help(false, columns, name, "--help");
            List<OptionSpec> shown = command.getCommandSpec().options().stream().filter(option -> !option.hidden()).toList();
            for (OptionSpec option : shown) {
                String written = option.negatable() ? option.longestName().replace("--", "--[no-]") : option.longestName();
                assertThat(text).as(name).containsPattern("(?m)^ {2}.{4}(?:.*, )?" + Pattern.quote(written) + "(?![a-z-])");
            }
            assertThat(text.lines()).as(name).allSatisfy(line -> assertThat(line).doesNotEndWith("-"));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"project", "sweep", "run"})
    void manyOptionsStandUnderHeadingsTheMostUsedFirst(String command) {
        String text = help(false, 100, command, "--help");
        List<String> headings = text.lines().filter(line -> line.matches("[A-Z][A-Za-z -]+:")).toList();
        assertThat(headings).startsWith("Most used:", "Workload:").contains("Output:", "Limits and conditions:", "Kernels and what-if:")
                .endsWith("General:");
        String most = text.substring(text.indexOf("Most used:"), text.indexOf("Workload:"));
        assertThat(most).contains("--max-num-batched-tokens", "--slo");
        assertThat(most.lines().filter(line -> line.matches(" {2}.{4}--.*")).count()).isLessThanOrEqualTo(8);
        assertThat(text).startsWith("Usage: iterscope " + command + " [OPTIONS]");
    }

    @Test
    void helpIsACommandToo() {
        assertThat(help(false, 100, "help", "project")).isEqualTo(help(false, 100, "project", "--help"));
        assertThat(help(false, 100, "help")).isEqualTo(help(false, 100, "--help")).contains("help ");
        Cli unknown = Cli.run("help", "nothing");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.err().lines()).singleElement().asString().contains("'nothing';");
    }

    @Test
    void coloursOfHelpFollowTheConsole() {
        assertThat(help(false, 100, "run", "--help")).doesNotContain("\u001b");
        String coloured = help(true, 100, "run", "--help");
        assertThat(coloured).contains("\u001b");
        Matcher codes = Pattern.compile("\u001b\\[[0-9;]*m").matcher(coloured);
        assertThat(codes.replaceAll("")).isEqualTo(help(false, 100, "run", "--help"));
    }
}
