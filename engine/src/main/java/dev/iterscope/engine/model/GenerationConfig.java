package dev.iterscope.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The defaults for generating that a model's `generation_config.json` gives.
///
/// @param sampling    how tokens are chosen; greedy unless `do_sample` is true
/// @param eosTokenIds tokens that end a sequence; empty where the file does not say
public record GenerationConfig(SamplingParams sampling, List<Integer> eosTokenIds) {
    private static final long MAX_FILE_BYTES = 1 << 20;
    private static final String REMEDY = "correct or remove the file";

    /// Keeps an unmodifiable copy of the list.
    public GenerationConfig {
        eosTokenIds = List.copyOf(eosTokenIds);
    }

    /// Reads `generation_config.json` of a model's folder, where there is one.
    ///
    /// @throws UserInputException when it cannot be used, or names tokens that the model does not have
    public static Optional<GenerationConfig> read(Path folder, ModelConfig model) {
        Path file = folder.resolve("generation_config.json");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw UserInputException.input(file.toString(), "", "larger than such a file can be", REMEDY);
            }
            JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(file));
            if (!root.isObject()) {
                throw UserInputException.input(file.toString(), "", "not a JSON object", REMEDY);
            }
            return Optional.of(of(file.toString(), root, model.vocabSize()));
        } catch (JsonProcessingException e) {
            throw UserInputException.input(file.toString(), "", "not JSON", REMEDY);
        } catch (IOException e) {
            throw UserInputException.input(file.toString(), "", "cannot be read", "check that it may be read");
        }
    }

    private static GenerationConfig of(String file, JsonNode root, int vocabSize) {
        JsonNode sample = root.path("do_sample");
        if (!absent(sample) && !sample.isBoolean()) {
            throw UserInputException.input(file, "key do_sample", "neither true nor false", REMEDY);
        }
        try {
            SamplingParams sampling = sample.asBoolean(false)
                    ? new SamplingParams(
                            (float) number(file, root, "temperature", 1),
                            (int) number(file, root, "top_k", 50),
                            (float) number(file, root, "top_p", 1),
                            0)
                    : SamplingParams.GREEDY;
            return new GenerationConfig(sampling, eosTokenIds(file, root.path("eos_token_id"), vocabSize));
        } catch (IllegalArgumentException e) {
            throw UserInputException.input(file, "", String.valueOf(e.getMessage()), REMEDY);
        }
    }

    private static boolean absent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static double number(String file, JsonNode root, String key, double byDefault) {
        JsonNode node = root.path(key);
        if (!absent(node) && !node.isNumber()) {
            throw UserInputException.input(file, "key " + key, "not a number", REMEDY);
        }
        return node.asDouble(byDefault);
    }

    private static List<Integer> eosTokenIds(String file, JsonNode node, int vocabSize) {
        List<Integer> ids = new ArrayList<>();
        for (JsonNode id : node.isArray() ? node : List.of(node)) {
            if (absent(id)) {
                continue;
            }
            if (!id.isInt() || id.asInt() < 0) {
                throw UserInputException.input(file, "key eos_token_id", "not a token id", REMEDY);
            }
            if (id.asInt() >= vocabSize) {
                throw UserInputException.input(
                        file,
                        "key eos_token_id",
                        "token " + id.asInt() + " is none of the model's " + vocabSize,
                        "use the file of this model");
            }
            ids.add(id.asInt());
        }
        return ids;
    }
}
