package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.UserInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The lines of a file with their numbers, one of them looked at in advance, and the checks that all formats share.
///
/// A line longer than [#MAX_LINE] characters is refused before it is held: a result file of `vllm bench serve` is one line, but never
/// that long.
final class LineSource {
    private static final int MAX_LINE = 256 * 1024 * 1024;
    /// Longest prompt or output believed: far above any model's context, far below what would overflow sums of a step.
    private static final long MAX_TOKENS = 16_777_216;

    private final String file;
    private final BufferedReader reader;
    private @Nullable String peeked;
    private long number;

    LineSource(String file, BufferedReader reader) {
        this.file = file;
        this.reader = reader;
    }

    String file() {
        return file;
    }

    /// The next line that is not blank, left in place.
    Optional<String> peek() throws IOException {
        while (peeked == null) {
            String line = readLine();
            if (line == null) {
                return Optional.empty();
            }
            number++;
            if (!line.isBlank()) {
                peeked = line;
            }
        }
        return Optional.of(peeked);
    }

    /// The next line that is not blank.
    Optional<String> next() throws IOException {
        Optional<String> line = peek();
        peeked = null;
        return line;
    }

    private @Nullable String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        int c = reader.read();
        if (c < 0) {
            return null;
        }
        while (c >= 0 && c != '\n') {
            if (line.length() == MAX_LINE) {
                throw UserInputException.input(file, "line " + (number + 1), "longer than any workload's line", "check the file");
            }
            if (c == 0) {
                throw UserInputException.input(file, "line " + (number + 1), "holds a NUL byte, so it is no text",
                        "name a file of requests");
            }
            line.append((char) c);
            c = reader.read();
        }
        return line.toString();
    }

    /// The current line cannot be used.
    UserInputException bad(String what, String remedy) {
        return UserInputException.input(file, "line " + number, what, remedy);
    }

    /// A token count of the current line as an int.
    ///
    /// @param name the field's name
    int tokens(String name, long value) {
        if (value < 1) {
            throw bad(name + " is " + value, "a request needs at least 1 token there: correct or remove the row");
        }
        if (value > MAX_TOKENS) {
            throw bad(name + " is " + value + ", more than " + MAX_TOKENS, "correct or remove the row");
        }
        return (int) value;
    }

    /// The arrival of the current line, checked against the one before.
    double arrival(String name, double previous, double value) {
        if (!Double.isFinite(value)) {
            throw bad(name + " is not a finite number", "correct or remove the row");
        }
        if (value < previous) {
            throw bad(
                    String.format(Locale.ROOT, "%s goes back by %.3f s", name, previous - value),
                    "sort the rows by arrival");
        }
        if (value < 0) {
            throw bad(String.format(Locale.ROOT, "%s is negative: %s", name, value),
                    "count time from the first request or an earlier moment");
        }
        return value;
    }
}
