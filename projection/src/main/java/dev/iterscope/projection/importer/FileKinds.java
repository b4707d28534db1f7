package dev.iterscope.projection.importer;

import dev.iterscope.projection.importer.source.Source;

/// Names what a file that is no recording is, as far as its first bytes tell.
final class FileKinds {

    private static final String SQLITE = "SQLite format 3";

    private FileKinds() {}

    /// The file's kind with its article.
    static String describe(Source source) {
        String head = source.headText();
        if (head.isEmpty()) {
            return "a damaged compressed file";
        }
        if (head.startsWith("\u00ff\u00d8\u00ff")) {
            return "a JPEG image";
        }
        if (head.startsWith("\u0089PNG")) {
            return "a PNG image";
        }
        if (head.startsWith("%PDF")) {
            return "a PDF document";
        }
        if (head.startsWith("PK")) {
            return "a zip archive";
        }
        if (head.startsWith("PAR1")) {
            return "a Parquet file";
        }
        if (head.startsWith(SQLITE)) {
            return "an SQLite database";
        }
        return "a file of an unknown kind";
    }

    /// What to do about it.
    static String remedy(Source source) {
        String head = source.headText();
        if (head.startsWith("PK")) {
            return "unpack it first";
        }
        return "name a .jfr file, a server log, an nsys SQLite export or a PyTorch trace";
    }
}
