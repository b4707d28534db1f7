package dev.iterscope.projection.model.table;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// LLMServingSim's folders of one number of tensor-parallel ranks each: `tp1`, `tp2`, ..., or a name that ends so, like `Llama-3.1-8B-tp1`.
final class RankFolders {
    private static final Pattern NAME = Pattern.compile("(?:.*[-_.])?tp(\\d{1,4})");

    private RankFolders() {}

    /// The number of ranks that a folder's name tells.
    static OptionalInt of(Path folder) {
        Matcher name = NAME.matcher(Optional.ofNullable(folder.toAbsolutePath().normalize().getFileName()).map(Path::toString).orElse(""));
        return name.matches() ? OptionalInt.of(Integer.parseInt(name.group(1))) : OptionalInt.empty();
    }

    /// The numbers of ranks of these folders.
    static Set<Integer> ranks(Collection<Path> folders) {
        TreeSet<Integer> ranks = new TreeSet<>();
        folders.forEach(folder -> of(folder).ifPresent(ranks::add));
        return ranks;
    }

    /// Of files in folders of several numbers of ranks those of the wanted one; all where that chooses nothing.
    static List<Path> chosen(List<Path> files, ProfileChoice choice) {
        Set<Integer> there = ranks(files.stream().map(RankFolders::parent).toList());
        if (there.size() < 2 || choice.ranks().isEmpty() || !there.contains(choice.ranks().getAsInt())) {
            return files;
        }
        return files.stream().filter(file -> of(parent(file)).equals(choice.ranks())).toList();
    }

    private static Path parent(Path file) {
        return Optional.ofNullable(file.getParent()).orElse(Path.of("."));
    }
}
