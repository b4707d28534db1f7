package dev.iterscope.engine.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The weights in a model's folder: `model.safetensors`, or the shards that `model.safetensors.index.json` names. The files are mapped
/// while this is open.
public final class Checkpoint implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final long MAX_INDEX_BYTES = 64L << 20;

    private final Path folder;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Tensor> tensors;

    private Checkpoint(Path folder) {
        this.folder = folder;
        try {
            tensors = tensors(folder, arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /// Whether the folder holds weights that can be opened.
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(SINGLE)) || Files.exists(folder.resolve(INDEX));
    }

    /// Maps the weights of `folder`.
    ///
    /// @throws UserInputException when there are none, or a file contradicts itself or the index
    public static Checkpoint open(Path folder) {
        return new Checkpoint(folder);
    }

    private static Map<String, Tensor> tensors(Path folder, Arena arena) {
        if (Files.exists(folder.resolve(SINGLE))) {
            Map<String, Tensor> tensors = new HashMap<>();
            SafetensorsFile.read(folder.resolve(SINGLE), arena).forEach(tensor -> tensors.put(tensor.name(), tensor));
            return tensors;
        }
        if (Files.exists(folder.resolve(INDEX))) {
            return sharded(folder, arena);
        }
        throw UserInputException.input(
                folder.toString(),
                "",
                "holds neither " + SINGLE + " nor " + INDEX,
                "download the model's weights, or use --load-format dummy");
    }

    private static Map<String, Tensor> sharded(Path folder, Arena arena) {
        Path index = folder.resolve(INDEX);
        Map<String, String> shardOf = weightMap(index);
        Set<String> shards = new HashSet<>(shardOf.values());
        Map<String, Tensor> tensors = new HashMap<>();
        for (String shard : shards.stream().sorted().toList()) {
            requirePlainName(index, shard);
            List<Tensor> inShard = SafetensorsFile.read(folder.resolve(shard), arena);
            for (Tensor tensor : inShard) {
                if (shard.equals(shardOf.get(tensor.name()))) {
                    tensors.put(tensor.name(), tensor);
                }
            }
        }
        for (Map.Entry<String, String> expected : shardOf.entrySet()) {
            if (!tensors.containsKey(expected.getKey())) {
                throw UserInputException.input(
                        folder.resolve(expected.getValue()).toString(),
                        "tensor " + expected.getKey(),
                        "named by " + INDEX + " but not in the file",
                        "download the model again");
            }
        }
        return tensors;
    }

    private static Map<String, String> weightMap(Path index) {
        try {
            if (Files.size(index) > MAX_INDEX_BYTES) {
                throw UserInputException.input(index.toString(), "", "larger than an index can be", "download the model again");
            }
            JsonNode map = new ObjectMapper().readTree(Files.readAllBytes(index)).path("weight_map");
            Map<String, String> shardOf = new HashMap<>();
            for (Map.Entry<String, JsonNode> field : map.properties()) {
                shardOf.put(field.getKey(), field.getValue().asText());
            }
            if (shardOf.isEmpty()) {
                throw UserInputException.input(index.toString(), "key weight_map", "missing or empty", "download the model again");
            }
            return shardOf;
        } catch (JsonProcessingException e) {
            throw UserInputException.input(index.toString(), "", "not JSON", "download the model again");
        } catch (IOException e) {
            throw UserInputException.input(index.toString(), "", "cannot be read", "check that the file may be read");
        }
    }

    /// A shard is a file beside the index, never one elsewhere.
    private static void requirePlainName(Path index, String shard) {
        if (!shard.matches("[A-Za-z0-9._-]+\\.safetensors")) {
            throw UserInputException.input(
                    index.toString(), "key weight_map", "a shard is not a plain file name", "download the model again");
        }
    }

    /// The folder it was opened from.
    public Path folder() {
        return folder;
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
            throw UserInputException.input(
                    folder.toString(), "tensor " + name, "missing, but config.json asks for it", "use the config.json of these weights");
        }
        if (!tensor.shape().equals(shape)) {
            throw UserInputException.input(
                    tensor.file(),
                    "tensor " + name,
                    "has shape " + tensor.shape() + ", config.json implies " + shape,
                    "use the config.json of these weights");
        }
        return tensor;
    }

    @Override
    public void close() {
        arena.close();
    }
}
