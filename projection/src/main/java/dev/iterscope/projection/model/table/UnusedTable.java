package dev.iterscope.projection.model.table;

import java.nio.file.Path;
import java.util.OptionalLong;

/// A file in a profile that no model rests on.
///
/// @param file   the file
/// @param rows   its rows; empty where it cannot be read
/// @param reason why it is not used
public record UnusedTable(Path file, OptionalLong rows, String reason) {

    static UnusedTable unknown(Path file, TableHead head) {
        return new UnusedTable(file, OptionalLong.of(head.rows()), "of a kind that no model uses");
    }
}
