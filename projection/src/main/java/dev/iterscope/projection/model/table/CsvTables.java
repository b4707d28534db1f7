package dev.iterscope.projection.model.table;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// CSV files with a header row.
final class CsvTables {

    private CsvTables() {}

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
