package dev.iterscope.projection.model.table;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/// CSV files with a header row.
final class CsvTables {

    private CsvTables() {}

    /// The header and the number of lines behind it. A file that is no table has a head too: one without any known column.
    static TableHead head(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1);
                CsvReader<CsvRecord> reader = CsvReader.builder().detectBomHeader(true).ofCsvRecord(file)) {
            Iterator<CsvRecord> records = reader.iterator();
            List<String> header = records.hasNext() ? records.next().getFields().stream().map(String::strip).toList() : List.of();
            return new TableHead(header, Math.max(0, lines.filter(line -> !line.isBlank()).count() - 1));
        } catch (CsvParseException | UncheckedIOException fault) {
            return new TableHead(List.of(), 0);
        }
    }

    static TableFile read(Path file) throws IOException {
        List<String> header = List.of();
        List<List<String>> cells = new ArrayList<>();
        int rows = 0;
        try (CsvReader<CsvRecord> reader = CsvReader.builder().detectBomHeader(true).missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .ofCsvRecord(file)) {
            for (CsvRecord csv : reader) {
                if (header.isEmpty()) {
                    header = csv.getFields().stream().map(String::strip).toList();
                    header.forEach(column -> cells.add(new ArrayList<>()));
                    continue;
                }
                if (csv.getFieldCount() != header.size()) {
                    throw UserInputException.input(file.toString(), "line " + csv.getStartingLineNumber(),
                            csv.getFieldCount() + " fields where the header has " + header.size(), "repair or remove the line");
                }
                for (int i = 0; i < header.size(); i++) {
                    cells.get(i).add(csv.getField(i));
                }
                rows++;
            }
        } catch (CsvParseException | UncheckedIOException fault) {
            throw UserInputException.input(file.toString(), "", "not a CSV file (" + fault.getMessage() + ")",
                    "name a table with a header row");
        }
        List<TableFile.Column> columns = new ArrayList<>();
        cells.forEach(column -> columns.add(new TableFile.Column.Text(column)));
        return new TableFile(file.toString(), header, columns, rows);
    }
}
