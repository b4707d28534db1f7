package dev.iterscope.projection.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `iterscope` command. Results go to standard output, progress and diagnostics to standard error.
///
/// Subcommands are listed in the annotation; each is a class of its own in this package.
@Command(name = "iterscope", mixinStandardHelpOptions = true, versionProvider = VersionProvider.class, description = {
        "Profiles LLM serving and projects what a change of max-num-batched-tokens would do." }, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
                "0:done (also when the verdict is keep or refuse)",
                "1:done, but no setting meets the SLO",
                "2:the command line is wrong",
                "3:an input cannot be used",
                "4:this machine lacks something" })
public final class Main implements Runnable {

    private final PrintWriter out;

    Main(PrintWriter out) {
        this.out = out;
    }

    /// Runs the command line and ends the JVM with one of [ExitCode].
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = run(out, err, args);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /// Runs the command line in this JVM.
    ///
    /// @return one of [ExitCode]
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new Main(out)).setOut(out).setErr(err).execute(args);
    }

    /// Without a subcommand the usage is the answer.
    @Override
    public void run() {
        new CommandLine(this).usage(out);
    }
}
