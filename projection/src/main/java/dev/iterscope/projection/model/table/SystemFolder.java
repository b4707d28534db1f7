package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A system in AIConfigurator's layout: `SYSTEM/OPERATION/FRAMEWORK/VERSION/TABLE.parquet`, formerly `SYSTEM/FRAMEWORK/VERSION/TABLE.parquet`.
///
/// A version's folder may hold a [ReuseFile] beside its tables or in their place. NCCL's tables belong to no framework: the newest are taken.
/// Layout: `aiconfigurator_core/systems/data` and `aiconfigurator_core/sdk/perf_database.py`.
final class SystemFolder {
    private static final Set<String> FRAMEWORKS = Set.of("vllm", "sglang", "trtllm");
    private static final String NCCL = "nccl";
    /// What every step needs.
    private static final List<String> NEEDED = List.of("gemm_perf", "context_attention_perf", "generation_attention_perf");
    private static final int DEEPEST = 4;

    private final Path system;
    /// Folders of each version of each framework, one for each operation.
    private final TreeMap<String, TreeMap<TableVersion, List<Path>>> folders = new TreeMap<>();

    private SystemFolder(Path system) {
        this.system = system;
    }

    /// What is taken of a system.
    ///
    /// @param own     files of the version itself, first those whose rows come first
    /// @param lent    files of other versions
    /// @param content what a person is told of it
    record Chosen(List<Path> own, List<Path> lent, Profile.Collection content) {}

    /// The system that lies at `path`; empty where another layout does.
    ///
    /// @throws UserInputException where several systems lie below it
    static Optional<SystemFolder> at(Path path) throws IOException {
        SystemFolder found = new SystemFolder(path);
        TreeSet<String> systems = new TreeSet<>();
        try (Stream<Path> walk = Files.walk(path, DEEPEST)) {
            for (Path folder : walk.filter(Files::isDirectory).sorted().toList()) {
                Path below = path.relativize(folder);
                int depth = below.getNameCount();
                String framework = depth < 2 ? "" : below.getName(depth - 2).toString();
                if (!FRAMEWORKS.contains(framework) && !framework.equals(NCCL)) {
                    continue;
                }
                if (depth == DEEPEST) {
                    systems.add(below.getName(0).toString());
                }
                found.folders.computeIfAbsent(framework, f -> new TreeMap<>())
                        .computeIfAbsent(new TableVersion(below.getName(depth - 1).toString()), v -> new ArrayList<>())
                        .add(folder);
            }
        }
        if (!systems.isEmpty()) {
            throw UserInputException.input(path.toString(), "", "several systems lie below it: " + String.join(", ", systems),
                    "name one of their folders");
        }
        return found.folders.keySet().stream().anyMatch(FRAMEWORKS::contains) ? Optional.of(found) : Optional.empty();
    }

    /// Takes a version, by default the newest that has what every step needs.
    ///
    /// @throws UserInputException where there is none, or several frameworks and none is named
    Chosen choose(ProfileChoice choice) throws IOException {
        String framework = framework(choice);
        TreeMap<TableVersion, List<Path>> versions = folders.getOrDefault(framework, new TreeMap<>());
        List<String> newest = new ArrayList<>();
        for (Map.Entry<TableVersion, List<Path>> version : versions.descendingMap().entrySet()) {
            if (choice.version().isPresent() && !version.getKey().matches(choice.version().get())) {
                continue;
            }
            Tables tables = tables(version.getValue(), versions);
            if (choice.version().isPresent() || tables.lacking().isEmpty()) {
                return chosen(framework, version.getKey(), tables);
            }
            newest.add(version.getKey().name() + " lacks " + String.join(" and ", tables.lacking()));
        }
        if (choice.version().isPresent()) {
            throw UserInputException.input(system.toString(), "", "has no version " + choice.version().get() + " of " + framework
                    + "; it has " + names(versions.keySet()), "name one of them with --table-version");
        }
        throw UserInputException.input(system.toString(), "", "no version of " + framework + " has every table that a step needs ("
                + String.join("; ", newest.subList(0, Math.min(3, newest.size()))) + ")",
                "name a version with --table-version to take it as it is");
    }

    private String framework(ProfileChoice choice) {
        List<String> present = folders.keySet().stream().filter(FRAMEWORKS::contains).toList();
        if (choice.framework().isEmpty()) {
            if (present.size() > 1) {
                throw UserInputException.input(system.toString(), "", "has tables of several frameworks: " + String.join(", ", present),
                        "name one with --framework");
            }
            return present.getFirst();
        }
        String asked = choice.framework().get();
        if (!present.contains(asked)) {
            throw UserInputException.input(system.toString(), "", "has no tables of " + asked + "; it has those of "
                    + String.join(", ", present), "name one of them with --framework");
        }
        return asked;
    }

    private static String names(Collection<TableVersion> versions) {
        return String.join(", ", versions.stream().map(TableVersion::name).toList());
    }

    /// Files of a version by the name of their table.
    ///
    /// @param own     those in its own folders
    /// @param lent    those of other versions that its `reuse.yaml` names
    /// @param missing those that `reuse.yaml` names and that are not there
    private record Tables(Map<String, Path> own, Map<String, Path> lent, List<String> missing) {

        List<String> lacking() {
            return NEEDED.stream().filter(table -> !own.containsKey(table) && !lent.containsKey(table)).toList();
        }
    }

    private static Tables tables(List<Path> folders, Map<TableVersion, List<Path>> versions) throws IOException {
        Tables tables = new Tables(new LinkedHashMap<>(), new LinkedHashMap<>(), new ArrayList<>());
        for (Path folder : folders) {
            tables.own().putAll(files(folder));
            Path reuse = folder.resolve(ReuseFile.NAME);
            for (ReuseFile.Entry entry : Files.isRegularFile(reuse) ? ReuseFile.read(reuse) : List.<ReuseFile.Entry>of()) {
                Optional<Path> lent = lent(entry, versions);
                lent.ifPresent(file -> tables.lent().put(entry.table(), file));
                if (lent.isEmpty()) {
                    tables.missing().add(entry.table() + " of " + entry.fromVersion());
                }
            }
        }
        return tables;
    }

    private static Optional<Path> lent(ReuseFile.Entry entry, Map<TableVersion, List<Path>> versions) throws IOException {
        for (Path folder : versions.getOrDefault(new TableVersion(entry.fromVersion()), List.of())) {
            Path file = files(folder).get(entry.table());
            if (file != null) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    private static Map<String, Path> files(Path folder) throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        try (Stream<Path> list = Files.list(folder)) {
            list.filter(Files::isRegularFile).filter(TableHead::isTable).sorted().forEach(file -> {
                String name = String.valueOf(file.getFileName());
                files.putIfAbsent(name.substring(0, name.lastIndexOf('.')), file);
            });
        }
        return files;
    }

    private Chosen chosen(String framework, TableVersion version, Tables tables) throws IOException {
        List<Path> own = new ArrayList<>(tables.own().values());
        if (folders.containsKey(NCCL)) {
            for (Path folder : folders.get(NCCL).lastEntry().getValue()) {
                own.addAll(files(folder).values());
            }
        }
        List<Path> lent = List.copyOf(tables.lent().values());
        List<Path> all = Stream.concat(own.stream(), lent.stream()).map(system::relativize).toList();
        return new Chosen(own, lent, new Profile.Collection(framework, version.name(), all, tables.missing()));
    }
}
