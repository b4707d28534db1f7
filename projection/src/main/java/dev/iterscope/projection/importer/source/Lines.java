package dev.iterscope.projection.importer.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The lines of a log, in constant memory whatever the log's size or the length of its lines.
///
/// A line is Latin-1 text: each byte one character, so that no byte sequence is invalid and nothing is lost; use [#utf8(String)] for
/// values that people read. A carriage return ends a line too (progress bars rewrite theirs), terminal escapes are taken out, and a
/// line longer than [#MAX_LINE_BYTES] is skipped and counted.
public final class Lines implements Closeable {

    /// The longest line that is looked at. The longest that engines print, a configuration dump, has some tens of kilobytes.
    public static final int MAX_LINE_BYTES = 1 << 20;

    private final InputStream in;
    private byte[] buffer = new byte[1 << 18];
    private int from;
    private int to;
    private boolean ended;
    private boolean broken;
    private long number;
    private long tooLong;

    /// Lines of a stream, which [#close()] closes.
    public Lines(InputStream in) {
        this.in = in;
    }

    /// The next line that is not empty, or null at the end.
    public @Nullable String next() {
        while (true) {
            int end = endOfLine();
            if (end < 0) {
                return null;
            }
            int start = from;
            from = Math.min(end + 1, to);
            if (end < to && buffer[end] == '\n') {
                number++;
            } else if (end == to) {
                number++;
            }
            if (end > start) {
                String line = new String(buffer, start, end - start, StandardCharsets.ISO_8859_1);
                return line.indexOf(0x1b) >= 0 ? withoutEscapes(line) : line;
            }
        }
    }

    /// Number of the line that [#next()] gave last, from 1.
    public long number() {
        return number;
    }

    /// Lines skipped because of their length.
    public long tooLong() {
        return tooLong;
    }

    /// Whether the stream broke off with an error, as a damaged compressed file does.
    public boolean broken() {
        return broken;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /// A value cut from a line, as the UTF-8 text it is.
    public static String utf8(String latin1) {
        return new String(latin1.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /// Index of the next line's end in the buffer, or -1 when there is no further line.
    private int endOfLine() {
        int scan = from;
        while (true) {
            for (; scan < to; scan++) {
                byte b = buffer[scan];
                if (b == '\n' || b == '\r') {
                    return scan;
                }
            }
            if (ended) {
                return from < to ? to : -1;
            }
            if (to - from >= MAX_LINE_BYTES) {
                skipLine();
                scan = from;
                continue;
            }
            int length = to - from;
            fill();
            scan = from + length;
        }
    }

    private void skipLine() {
        tooLong++;
        while (true) {
            from = 0;
            to = 0;
            fill();
            for (int i = from; i < to; i++) {
                if (buffer[i] == '\n') {
                    from = i;
                    return;
                }
            }
            if (ended) {
                from = to;
                return;
            }
        }
    }

    private void fill() {
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        if (to == buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.min(buffer.length * 2, MAX_LINE_BYTES + (1 << 16)));
        }
        try {
            int read = in.read(buffer, to, buffer.length - to);
            if (read < 0) {
                ended = true;
            } else {
                to += read;
            }
        } catch (IOException e) {
            ended = true;
            broken = true;
        }
    }

    /// Takes out ANSI control sequences: escape, bracket, parameters, a letter.
    private static String withoutEscapes(String line) {
        StringBuilder text = new StringBuilder(line.length());
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i++);
            if (c != 0x1b) {
                text.append(c);
            } else if (i < line.length() && line.charAt(i) == '[') {
                i++;
                while (i < line.length() && (line.charAt(i) < '@' || line.charAt(i) > '~')) {
                    i++;
                }
                i++;
            }
        }
        return text.toString();
    }
}
