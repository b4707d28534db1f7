package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The files that a command line names, told into those that are read and those that are written: no command may write onto what it reads,
/// under whatever name.
final class Targets {
    /// What is read of a folder that an option names: a kernel profile, a checkpoint, or the repository of a run.
    private static final Set<String> READ_OF_FOLDERS = Set.of("csv", "parquet", "yaml", "safetensors", "jfr");
    private static final Set<String> READ_OF_CHECKPOINTS =
            Set.of("config.json", "generation_config.json", "tokenizer.json", "model.safetensors.index.json");

    private Targets() {}

    /// A file to write and the option that names it.
    private record Target(Path file, String option) {}

    /// Checks a command line before its command runs.
    ///
    /// @throws UserInputException with exit code 3 for a file that is read and written, or written twice
    static void check(ParseResult command) {
        List<Target> written = new ArrayList<>();
        Set<Path> read = new LinkedHashSet<>();
        for (ArgSpec arg : matched(command)) {
            if (isWritten(arg)) {
                arg.stringValues().forEach(value -> written.add(new Target(Path.of(value), name(arg))));
            } else if (namesFiles(arg)) {
                arg.stringValues().forEach(value -> read.addAll(paths(value)));
            }
        }
        for (int i = 0; i < written.size(); i++) {
            Target target = written.get(i);
            read.forEach(source -> requireApart(source, target));
            written.subList(0, i).forEach(other -> requireTwo(other, target));
        }
    }

    private static List<ArgSpec> matched(ParseResult command) {
        return Stream.concat(command.matchedOptions().stream(), command.matchedPositionals().stream().distinct())
                .distinct()
                .toList();
    }

    private static boolean isWritten(ArgSpec arg) {
        return arg.userObject() instanceof Field field && field.isAnnotationPresent(Written.class);
    }

    /// Options whose value is text name files in some cases: a checkpoint's folder, a budget with a result (`2048=FILE`),
    /// several recordings (`FILE,FILE`).
    private static boolean namesFiles(ArgSpec arg) {
        return Stream.concat(Stream.of(arg.typeInfo().getType()), Arrays.stream(arg.auxiliaryTypes()))
                .anyMatch(type -> type == Path.class || type == String.class);
    }

    private static String name(ArgSpec arg) {
        return arg instanceof OptionSpec option ? option.shortestName() : arg.paramLabel();
    }

    private static List<Path> paths(String value) {
        Set<String> names = new LinkedHashSet<>(List.of(value));
        names.addAll(List.of(value.split(",")));
        int mark = Math.max(value.indexOf('='), value.indexOf(':'));
        names.add(value.substring(mark + 1));
        return names.stream().filter(name -> !name.isEmpty() && name.indexOf('\0') < 0).map(Path::of).toList();
    }

    private static void requireApart(Path source, Target target) {
        String what = "";
        if (isSame(source, target.file())) {
            what = source.equals(target.file()) ? "is also the source" : "is also the source " + source;
        } else if (isReadOf(source, target.file())) {
            what = "lies in the folder " + source + " that is read";
        }
        if (!what.isEmpty()) {
            throw UserInputException.input(target.file().toString(), "", what + ", which would be lost",
                    "choose another file with " + target.option());
        }
    }

    private static void requireTwo(Target one, Target other) {
        boolean sameName = one.file().toAbsolutePath().normalize().equals(other.file().toAbsolutePath().normalize());
        if (isSame(one.file(), other.file()) || (sameName && !Files.exists(one.file()))) {
            throw UserInputException.input(other.file().toString(), "", "is named by " + one.option() + " and " + other.option(),
                    "choose two files");
        }
    }

    /// Whether both names lead to one file, through links too. Pipes and devices hold nothing that could be lost.
    private static boolean isSame(Path source, Path target) {
        try {
            return Files.isRegularFile(source) && Files.exists(target) && Files.isSameFile(source, target);
        } catch (IOException unreadable) {
            return false; // the reading says what is wrong with it
        }
    }

    private static boolean isReadOf(Path folder, Path target) {
        if (!Files.isDirectory(folder) || !Files.isRegularFile(target)) {
            return false;
        }
        String name = String.valueOf(target.getFileName()).toLowerCase(Locale.ROOT);
        if (!READ_OF_FOLDERS.contains(name.substring(name.lastIndexOf('.') + 1)) && !READ_OF_CHECKPOINTS.contains(name)) {
            return false;
        }
        try {
            return target.toRealPath().startsWith(folder.toRealPath());
        } catch (IOException unreadable) {
            return false;
        }
    }
}
