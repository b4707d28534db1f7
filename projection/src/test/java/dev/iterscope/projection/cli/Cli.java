package dev.iterscope.projection.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/// Runs a command line in this JVM and keeps what it printed.
///
/// @param code exit code
/// @param out  standard output
/// @param err  standard error
public record Cli(int code, String out, String err) {

    /// Runs `iterscope` with these arguments.
    public static Cli run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        PrintWriter outWriter = new PrintWriter(out);
        PrintWriter errWriter = new PrintWriter(err);
        int code = Main.run(Console.plain(outWriter, errWriter), args);
        outWriter.flush();
        errWriter.flush();
        return new Cli(code, out.toString(), err.toString());
    }
}
