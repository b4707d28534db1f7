package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Finds and reads kernel measurements: one table, the folder that holds tables, or a parent of it.
///
/// Layouts known: AIConfigurator (Parquet, milliseconds) and LLMServingSim (CSV, microseconds); either is also read from the other
/// kind of file. A file that is none of these tables is passed over.
public final class ProfileReader {
    private static final int DEEPEST = 4;

    private ProfileReader() {}

    /// Reads what lies at `path`.
    ///
    /// @param needTimes whether rows without a time are dropped; else they are kept with time NaN
    /// @throws UserInputException where nothing usable lies there
    public static Profile read(Path path, boolean needTimes) throws IOException {
        List<Path> files = files(path);
        TreeSet<Path> folders = new TreeSet<>();
        List<SourceTable> tables = new ArrayList<>();
        Optional<String> device = Optional.empty();
        int skipped = 0;
        for (Path file : files) {
            TableFile table = isParquet(file) ? ParquetTables.read(file) : CsvTables.read(file);
            KernelTables found = KernelTables.of(table, needTimes);
            if (!found.tables().isEmpty()) {
                folders.add(Optional.ofNullable(file.getParent()).orElse(Path.of(".")));
                tables.addAll(found.tables());
                skipped += found.skippedRows();
                device = device.or(found::device);
            }
        }
        if (tables.isEmpty()) {
            throw UserInputException.input(path.toString(), "", "no table of kernel times lies here",
                    "name a folder of AIConfigurator (*.parquet) or LLMServingSim (*.csv) measurements");
        }
        if (folders.size() > 1) {
            throw UserInputException.input(path.toString(), "", "several profiles lie below it: " + shown(folders), "name one of them");
        }
        tables.sort(Comparator.comparing(t -> t.table().name()));
        Path folder = folders.getFirst();
        return new Profile(folder, List.copyOf(tables), device.or(() -> deviceOfMeta(folder)), skipped);
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
            return walk.filter(Files::isRegularFile).filter(f -> isParquet(f) || isCsv(f)).sorted().toList();
        }
    }

    private static boolean isParquet(Path file) {
        return name(file).endsWith(".parquet");
    }

    private static boolean isCsv(Path file) {
        return name(file).endsWith(".csv");
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    }

    /// The `gpu:` line of LLMServingSim's meta.yaml.
    private static Optional<String> deviceOfMeta(Path folder) {
        Path meta = folder.resolve("meta.yaml");
        if (!Files.isRegularFile(meta)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(meta)) {
            return lines.filter(line -> line.startsWith("gpu:")).map(line -> line.substring(4).strip()).findFirst();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }
}
