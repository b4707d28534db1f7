package dev.iterscope.engine.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// The weights in a model's folder: `model.safetensors`, or the shards that `model.safetensors.index.json` names. The files are mapped
/// while this is open.
public final class Checkpoint implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final long MAX_INDEX_BYTES = 64L << 20;
    private static final String DOWNLOAD = "download the model again";

    private final Path folder;
    private final Arena arena = Arena.ofShared();
    private final List<SafetensorsFile> files = new ArrayList<>();
    private final Map<String, Tensor> tensors = new HashMap<>();

    private Checkpoint(Path folder) {
        this.folder = folder;
        try {
            if (Files.exists(folder.resolve(SINGLE))) {
                open(SINGLE).tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
            } else if (Files.exists(folder.resolve(INDEX))) {
                openShards(weightMap(folder.resolve(INDEX)));
            } else {
                throw UserInputException.input(
                        folder.toString(),
                        "",
                        "holds neither " + SINGLE + " nor " + INDEX,
                        "download the model's weights, or use --load-format dummy");
            }
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /// Whether the folder holds weights that can be opened.
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(SINGLE)) || Files.exists(folder.resolve(INDEX));
    }

    /// Which of two sets of weights is read, where a folder holds both; empty where it holds one. The single file is taken, as
    /// `transformers` has it.
    public static Optional<String> choice(Path folder) {
        return Files.exists(folder.resolve(SINGLE)) && Files.exists(folder.resolve(INDEX))
                ? Optional.of(folder + " holds " + SINGLE + " and " + INDEX + "; the first is read")
                : Optional.empty();
    }

    /// Maps the weights of `folder`.
    ///
    /// @throws UserInputException when there are none, or a file contradicts itself or the index
    public static Checkpoint open(Path folder) {
        return new Checkpoint(folder);
    }

    private SafetensorsFile open(String name) {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(name), arena);
        files.add(file);
        return file;
    }

    private void openShards(Map<String, String> shardOf) {
        for (String shard : new TreeSet<>(shardOf.values())) {
            requirePlainName(shard);
            for (Tensor tensor : open(shard).tensors()) {
                Tensor other = tensors.put(tensor.name(), tensor);
                if (other != null) {
                    throw problem(tensor.file(), tensor.name(), "stands in " + other.file() + " too", DOWNLOAD);
                }
            }
        }
        shardOf.forEach((name, shard) -> {
            String file = folder.resolve(shard).toString();
            Tensor tensor = tensors.get(name);
            if (tensor == null || !tensor.file().equals(file)) {
                throw problem(file, name, "named by " + INDEX + " but not in the file", DOWNLOAD);
            }
        });
        for (Tensor tensor : tensors.values()) {
            if (!shardOf.containsKey(tensor.name())) {
                throw problem(tensor.file(), tensor.name(), "not named by " + INDEX, DOWNLOAD);
            }
        }
    }

    private static UserInputException problem(String file, String tensor, String what, String remedy) {
        return UserInputException.input(file, "tensor " + SafetensorsHeader.printable(tensor), what, remedy);
    }

    private static Map<String, String> weightMap(Path index) {
        try {
            if (Files.size(index) > MAX_INDEX_BYTES) {
                throw UserInputException.input(index.toString(), "", "larger than an index can be", DOWNLOAD);
            }
            JsonNode map = new ObjectMapper().readTree(Files.readAllBytes(index)).path("weight_map");
            Map<String, String> shardOf = new HashMap<>();
            for (Map.Entry<String, JsonNode> field : map.properties()) {
                shardOf.put(field.getKey(), field.getValue().asText());
            }
            if (shardOf.isEmpty()) {
                throw UserInputException.input(index.toString(), "key weight_map", "missing or empty", DOWNLOAD);
            }
            return shardOf;
        } catch (JsonProcessingException e) {
            throw UserInputException.input(index.toString(), "", "not JSON", DOWNLOAD);
        } catch (IOException e) {
            throw UserInputException.input(index.toString(), "", "cannot be read", "check that the file may be read");
        }
    }

    /// A shard is a file beside the index, never one elsewhere.
    private void requirePlainName(String shard) {
        if (!shard.matches("[A-Za-z0-9._-]+\\.safetensors")) {
            throw UserInputException.input(
                    folder.resolve(INDEX).toString(),
                    "key weight_map",
                    "shard '" + SafetensorsHeader.printable(shard) + "' is not a plain file name",
                    DOWNLOAD);
        }
    }

    /// The folder it was opened from.
    public Path folder() {
        return folder;
    }

    /// All tensors, in no order.
    public Collection<Tensor> all() {
        return List.copyOf(tensors.values());
    }

    /// The tensor of that name, if there is one.
    public Optional<Tensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /// The tensor of that name, in the shape that the configuration implies.
    ///
    /// @throws UserInputException when it is missing or has another shape
    public Tensor require(String name, List<Long> shape) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            String list = Files.exists(folder.resolve(SINGLE)) ? SINGLE : INDEX;
            throw problem(folder.resolve(list).toString(), name, "missing, but config.json asks for it",
                    "use the config.json of these weights");
        }
        if (!tensor.shape().equals(shape)) {
            throw problem(
                    tensor.file(),
                    name,
                    "has shape " + tensor.shape() + ", config.json implies " + shape,
                    "use the config.json of these weights");
        }
        return tensor;
    }

    /// Checks that the files are still those that were opened; to be asked after the last read.
    ///
    /// @throws UserInputException when one was cut or written to meanwhile
    public void requireUnchanged() {
        files.forEach(SafetensorsFile::requireUnchanged);
    }

    @Override
    public void close() {
        arena.close();
    }
}
