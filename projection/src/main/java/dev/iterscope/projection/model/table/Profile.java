package dev.iterscope.projection.model.table;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A folder of kernel measurements.
///
/// @param folder      the folder that holds the tables
/// @param tables      the tables, in order of their names
/// @param device      the device measured, where the source says it
/// @param skippedRows rows without a usable time
/// @param unused      tables that no model rests on
/// @param collection  what was taken of an AIConfigurator system folder; empty for other profiles
public record Profile(Path folder, List<SourceTable> tables, Optional<String> device, int skippedRows, List<UnusedTable> unused,
        Optional<Collection> collection) {

    /// One version of one framework of a system.
    ///
    /// @param framework vllm, sglang or trtllm
    /// @param version   the version taken
    /// @param files     the files taken, relative to the system's folder
    /// @param missing   tables that `reuse.yaml` names of a version that is not there
    public record Collection(String framework, String version, List<Path> files, List<String> missing) {}

    /// The table of this name.
    public Optional<SourceTable> table(String name) {
        return tables.stream().filter(t -> t.table().name().equals(name)).findFirst();
    }
}
