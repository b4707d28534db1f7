package dev.iterscope.projection.cli;

import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a command prints: results to `out`, everything else to `err`. Handed to every command, so that tests can read both.
///
/// @param out           results, and nothing else
/// @param err           progress, notes and faults
/// @param terminal      whether a person watches `err`, so that a progress line may be rewritten in place
/// @param colour        whether `out` may carry ANSI colours (a terminal, `NO_COLOR` not set, and `TERM` not `dumb`)
/// @param columns       width of the terminal in characters; 100 where there is none
record Console(PrintWriter out, PrintWriter err, boolean terminal, boolean colour, int columns) {

    private static final int DEFAULT_COLUMNS = 100;

    /// A console without a terminal.
    static Console plain(PrintWriter out, PrintWriter err) {
        return new Console(out, err, false, false, DEFAULT_COLUMNS);
    }

    /// The console of this process. The launcher says in the system property `iterscope.terminals` which of `out` and `err` a person
    /// watches: the JDK can only tell for both at once.
    static Console ofProcess(PrintWriter out, PrintWriter err) {
        String terminals = System.getProperty("iterscope.terminals", "");
        boolean colour = showsColour(terminals.contains("out"), System.getenv());
        return new Console(out, err, terminals.contains("err"), colour, columns(System.getenv("COLUMNS")));
    }

    /// Whether colours are wanted on a terminal: `NO_COLOR` (no-color.org, any value but an empty one) and a terminal that says it has none.
    static boolean showsColour(boolean terminal, Map<String, String> environment) {
        return terminal && environment.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(environment.get("TERM"));
    }

    private static int columns(@Nullable String text) {
        if (text == null || !text.matches("[0-9]{2,4}")) {
            return DEFAULT_COLUMNS;
        }
        return Integer.parseInt(text);
    }

    /// A note for the user that is not a result.
    void note(String line) {
        noteLater(line);
        flushNotes();
    }

    /// One of many notes, seen at the latest with the next [#flushNotes()] or [#note(String)].
    void noteLater(String line) {
        err.println(line);
    }

    /// Shows the notes so far.
    void flushNotes() {
        err.flush();
    }
}
