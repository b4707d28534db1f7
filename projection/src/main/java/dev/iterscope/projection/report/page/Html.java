package dev.iterscope.projection.report.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// Pieces of a page.
public final class Html {
    private Html() {}

    /// Text that can stand between tags and in double-quoted attributes. Control characters are replaced: they come from logs.
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replaceAll("[\\p{Cntrl}&&[^\n]]", "?");
    }

    /// A file of this package's resources.
    public static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Html.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A chart with its title and what it shows.
    public static String figure(String title, String explanation, String content) {
        return "<figure><figcaption>" + escape(title) + "<small>" + explanation + "</small></figcaption>" + content + "</figure>\n";
    }

    /// A name in the colour of a series.
    public static String legend(int series, String name) {
        return "<span class=\"legend s" + series + "\"><b>" + escape(name) + "</b></span>";
    }
}
