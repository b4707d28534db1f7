package dev.iterscope.projection.model.table;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A folder of kernel measurements.
///
/// @param folder the folder that holds the tables
/// @param tables the tables, in order of their names
/// @param device the device measured, where the source says it
/// @param skippedRows rows without a usable time
public record Profile(Path folder, List<SourceTable> tables, Optional<String> device, int skippedRows) {

    /// The table of this name.
    public Optional<SourceTable> table(String name) {
        return tables.stream().filter(t -> t.table().name().equals(name)).findFirst();
    }
}
