package dev.iterscope.projection.model.table;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// LLMServingSim's `meta.yaml`, which stands beside the tables or, above `tp1`, `tp2`, ..., for all of them.
///
/// Its `hf_overrides` are the dimensions of one rank of the **last** degree profiled, also where it stands beside the tables of another:
/// the profiler runs every degree on one device, with the model cut to a rank's share, and writes the file at the end.
///
/// @param device  the device measured, where the file says it
/// @param degrees tensor-parallel degrees profiled, in their order; empty where the file does not say
/// @param ranks   `tensor_parallel_size` of the engine that was measured, where the file says it
/// @param sizes   dimensions of one rank of the last degree, by their key in `config.json`
record ProfileMeta(Optional<String> device, List<Integer> degrees, OptionalInt ranks, Map<String, Integer> sizes) {
    private static final Pattern SIZE =
            Pattern.compile("\\s+(intermediate_size|num_attention_heads|num_key_value_heads|tensor_parallel_size):\\s*(\\d{1,9})\\s*");
    private static final Pattern DEGREES = Pattern.compile("tp_degrees:\\s*\\[([\\d,\\s]*)]\\s*");
    private static final String RANKS = "tensor_parallel_size";

    /// The file in the folder of tables or above it.
    static Optional<ProfileMeta> of(Path folder) {
        Path beside = folder.resolve("meta.yaml");
        Path above = folder.toAbsolutePath().normalize().resolveSibling("meta.yaml");
        return Files.isRegularFile(beside)
                ? read(beside)
                : RankFolders.of(folder).isPresent() && Files.isRegularFile(above) ? read(above) : Optional.empty();
    }

    private static Optional<ProfileMeta> read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException unreadable) {
            return Optional.empty();
        }
        Map<String, Integer> sizes = new HashMap<>();
        Optional<String> device = Optional.empty();
        List<Integer> degrees = List.of();
        for (String line : lines) {
            Matcher size = SIZE.matcher(line);
            Matcher list = DEGREES.matcher(line);
            if (size.matches()) {
                sizes.put(size.group(1), Integer.parseInt(size.group(2)));
            } else if (list.matches()) {
                degrees =
                        Arrays.stream(list.group(1).split(",")).map(String::strip).filter(d -> !d.isEmpty()).map(Integer::valueOf).toList();
            } else if (line.startsWith("gpu:")) {
                device = Optional.of(line.substring(4).strip());
            }
        }
        Integer ranks = sizes.remove(RANKS);
        return Optional
                .of(new ProfileMeta(device, degrees, ranks == null ? OptionalInt.empty() : OptionalInt.of(ranks), Map.copyOf(sizes)));
    }

    /// The degree that the sizes are of; 1 where the file does not say which were profiled.
    int sizedFor() {
        return degrees.isEmpty() ? 1 : Math.max(1, degrees.getLast());
    }

    /// The number of ranks that the tables in a folder are of: what its name tells, else the only degree profiled.
    int ranks(Path folder) {
        return Math.max(1, RankFolders.of(folder).orElse(degrees.size() == 1 ? degrees.getFirst() : ranks.orElse(1)));
    }
}
