package dev.iterscope.projection.workload;

import java.io.IOException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// The Azure LLM inference traces: `TIMESTAMP,ContextTokens,GeneratedTokens` with times like `2023-11-16 18:15:46.6805900`
/// (the 2024 traces write a zone offset behind it). No field is ever quoted.
final class AzureCsv implements TraceFormat {
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .optionalStart()
            .appendOffset("+HH:MM", "Z")
            .optionalEnd()
            .toFormatter(Locale.ROOT);

    @Override
    public boolean recognises(String firstLine) {
        return firstLine.strip().replace("\uFEFF", "").equalsIgnoreCase("TIMESTAMP,ContextTokens,GeneratedTokens");
    }

    @Override
    public Trace read(LineSource lines, int limit) throws IOException {
        lines.next();
        List<TraceEntry> entries = new ArrayList<>();
        double previous = Double.NEGATIVE_INFINITY;
        Optional<String> line = lines.next();
        LocalDateTime origin = LocalDateTime.MIN;
        while (line.isPresent() && entries.size() < limit) {
            String[] cells = line.get().strip().split(",", -1);
            if (cells.length != 3) {
                throw lines.bad(cells.length + " cells instead of 3", "correct or remove the row");
            }
            LocalDateTime time = time(lines, cells[0]);
            if (entries.isEmpty()) {
                origin = time;
            }
            double seconds = ChronoUnit.NANOS.between(origin, time) * 1e-9;
            previous = lines.arrival("TIMESTAMP", previous, seconds);
            int input = lines.tokens("ContextTokens", number(lines, "ContextTokens", cells[1]));
            int output = lines.tokens("GeneratedTokens", number(lines, "GeneratedTokens", cells[2]));
            entries.add(TraceEntry.of("azure-" + entries.size(), OptionalDouble.of(seconds), input, output));
            line = lines.next();
        }
        return Trace.of("Azure trace " + lines.file(), entries, "");
    }

    private static LocalDateTime time(LineSource lines, String cell) {
        try {
            return LocalDateTime.parse(cell, TIME);
        } catch (DateTimeParseException e) {
            throw lines.bad("TIMESTAMP '" + cell + "' is not like 2023-11-16 18:15:46.6805900", "correct or remove the row");
        }
    }

    private static long number(LineSource lines, String name, String cell) {
        try {
            return Long.parseLong(cell.strip());
        } catch (NumberFormatException e) {
            throw lines.bad(name + " '" + cell + "' is not a whole number", "correct or remove the row");
        }
    }
}
