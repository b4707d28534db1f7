package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Finds and reads kernel measurements: one table, the folder that holds tables, or a parent of it.
///
/// Layouts known: AIConfigurator (Parquet, milliseconds; a version's folder or a whole system's) and LLMServingSim (CSV, microseconds; one
/// number of ranks or the folder above several); either is also read from the other kind of file. A file that is none of these tables is
/// named and passed over, and what is wrong with it stops nothing.
public final class ProfileReader {
    private static final int DEEPEST = 6;
    /// Files with these names are tables that models use, so that one that cannot be read is not passed over.
    private static final List<String> USED_NAMES = List.of("gemm", "context_attention", "generation_attention", "custom_allreduce",
            "attention", "dense", "per_sequence");

    private final boolean needTimes;
    private final List<SourceTable> tables = new ArrayList<>();
    private final List<UnusedTable> unused = new ArrayList<>();
    private final TreeSet<Path> folders = new TreeSet<>();
    private Optional<String> device = Optional.empty();
    private int skippedRows;

    private ProfileReader(boolean needTimes) {
        this.needTimes = needTimes;
    }

    /// Reads what lies at `path`.
    ///
    /// @param needTimes whether rows without a time are dropped; else they are kept with time NaN
    /// @throws UserInputException where nothing usable lies there
    public static Profile read(Path path, boolean needTimes) throws IOException {
        return read(path, needTimes, ProfileChoice.NONE);
    }

    /// Reads what lies at `path`.
    ///
    /// @param needTimes whether rows without a time are dropped; else they are kept with time NaN
    /// @param choice    which profile, where several lie there
    /// @throws UserInputException where nothing usable lies there
    public static Profile read(Path path, boolean needTimes, ProfileChoice choice) throws IOException {
        ProfileReader reader = new ProfileReader(needTimes);
        Optional<SystemFolder> system = Files.isDirectory(path) ? SystemFolder.at(path) : Optional.empty();
        if (system.isEmpty() && (choice.framework().isPresent() || choice.version().isPresent())) {
            throw UserInputException.input(path.toString(), "", "is no system folder of AIConfigurator with frameworks and versions",
                    "leave out --framework and --table-version");
        }
        return system.isPresent() ? reader.read(path, system.get().choose(choice)) : reader.read(path, choice);
    }

    private Profile read(Path path, SystemFolder.Chosen chosen) throws IOException {
        for (Path file : chosen.own()) {
            tables.addAll(tables(file));
        }
        for (Path file : chosen.lent()) {
            // The version's own rows come first; those of another fill in what it did not measure.
            tables(file).forEach(lent -> lent.without(tables).ifPresent(tables::add));
        }
        return profile(path, path, Optional.of(chosen.content()));
    }

    private Profile read(Path path, ProfileChoice choice) throws IOException {
        for (Path file : RankFolders.chosen(files(path), choice)) {
            tables.addAll(tables(file));
        }
        if (folders.size() > 1) {
            String remedy = RankFolders.ranks(folders).isEmpty()
                    ? "name one of them"
                    : "name one of them, or one of the ranks " + RankFolders.ranks(folders) + " with --tensor-parallel-size";
            throw UserInputException.input(path.toString(), "", "several profiles lie below it: " + shown(folders), remedy);
        }
        return profile(path, folders.isEmpty() ? path : folders.getFirst(), Optional.empty());
    }

    private Profile profile(Path path, Path folder, Optional<Profile.Collection> collection) {
        if (tables.isEmpty()) {
            String found =
                    unused.isEmpty() ? "" : ", only " + unused.getFirst().file().getFileName() + " (" + unused.getFirst().reason() + ")";
            throw UserInputException.input(path.toString(), "", "no table of kernel times lies here" + found,
                    "name a folder of AIConfigurator (*.parquet) or LLMServingSim (*.csv) measurements");
        }
        tables.sort(Comparator.comparing(t -> t.table().name()));
        return new Profile(folder, List.copyOf(tables), device.or(() -> ProfileMeta.of(folder).flatMap(ProfileMeta::device)), skippedRows,
                List.copyOf(unused), collection);
    }

    /// The tables in a file; none where it is of no use, which is noted.
    private List<SourceTable> tables(Path file) throws IOException {
        TableHead head;
        try {
            head = TableHead.of(file);
        } catch (UserInputException unreadable) {
            if (USED_NAMES.stream().anyMatch(name -> String.valueOf(file.getFileName()).startsWith(name))) {
                throw unreadable;
            }
            unused.add(new UnusedTable(file, OptionalLong.empty(), "not readable"));
            return List.of();
        }
        if (!KernelTables.recognises(head)) {
            unused.add(UnusedTable.unknown(file, head));
            return List.of();
        }
        KernelTables found = KernelTables.of(TableHead.isParquet(file) ? ParquetTables.read(file) : CsvTables.read(file), needTimes);
        if (!found.tables().isEmpty()) {
            folders.add(Optional.ofNullable(file.getParent()).orElse(Path.of(".")));
            skippedRows += found.skippedRows();
            device = device.or(found::device);
        }
        return found.tables();
    }

    private static String shown(Set<Path> folders) {
        List<String> names = folders.stream().map(Path::toString).toList();
        return names.size() <= 4 ? String.join(", ", names) : String.join(", ", names.subList(0, 4)) + ", ...";
    }

    private static List<Path> files(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        if (!Files.isDirectory(path)) {
            throw UserInputException.input(path.toString(), "", "no such file or folder", "check the path");
        }
        try (Stream<Path> walk = Files.walk(path, DEEPEST)) {
            return walk.filter(Files::isRegularFile).filter(TableHead::isTable).sorted().toList();
        }
    }
}
