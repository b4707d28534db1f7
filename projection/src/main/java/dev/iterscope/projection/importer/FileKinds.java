package dev.iterscope.projection.importer;

import dev.iterscope.projection.importer.source.Source;

/// Names what a file that is no recording is, as far as its first bytes tell.
final class FileKinds {

    private static final String UNKNOWN = "a file of an unknown kind";
    /// What to do about a file of requests that is named as a recording.
    static final String AS_WORKLOAD = "give it with --workload beside a recording";
    /// How a report of Nsight Systems begins.
    private static final String NSYS_REPORT = "NVIDIA Tegra Profiler Report";

    private FileKinds() {}

    /// Whether the file is of a kind that is known and that no importer reads.
    static boolean isOther(Source source) {
        return !describe(source).equals(UNKNOWN);
    }

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
        if (head.startsWith("PK\u0003\u0004")) {
            return "a zip archive";
        }
        if (head.startsWith("PAR1")) {
            return "a Parquet file";
        }
        if (isNsysReport(source)) {
            return "a report of Nsight Systems";
        }
        return UNKNOWN;
    }

    /// Whether the first line is that of a file of requests. What those hold is the business of [dev.iterscope.projection.workload].
    static boolean isWorkload(Source source) {
        String first = source.headText().lines().filter(line -> !line.isBlank()).findFirst().orElse("");
        return first.startsWith("TIMESTAMP,ContextTokens")
                || (first.stripLeading().startsWith("{") && (first.contains("\"input_toks\"") || first.contains("\"input_length\"")));
    }

    /// Reports are told by their first bytes, and by their name where another version begins in another way.
    private static boolean isNsysReport(Source source) {
        String name = source.name();
        return source.headText().startsWith(NSYS_REPORT) || name.endsWith(".nsys-rep") || name.endsWith(".qdrep")
                || name.endsWith(".qdstrm");
    }

    /// What to do about it.
    static String remedy(Source source) {
        String head = source.headText();
        if (head.isEmpty()) {
            return "copy it again, whole";
        }
        if (head.startsWith("PK\u0003\u0004")) {
            return "unpack it first";
        }
        if (isNsysReport(source)) {
            return "export it with nsys export --type sqlite -o FILE.sqlite FILE.nsys-rep and name FILE.sqlite";
        }
        return "name a .jfr file, a server log, an nsys SQLite export or a PyTorch trace";
    }
}
