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
    /// @throws UserInputException when it cannot be used
    public static Optional<GenerationConfig> read(Path folder) {
        Path file = folder.resolve("generation_config.json");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw UserInputException.input(file.toString(), "", "larger than such a file can be", REMEDY);
            }
            return Optional.of(of(file.toString(), new ObjectMapper().readTree(Files.readAllBytes(file))));
        } catch (JsonProcessingException e) {
            throw UserInputException.input(file.toString(), "", "not JSON", REMEDY);
        } catch (IOException e) {
            throw UserInputException.input(file.toString(), "", "cannot be read", "check that it may be read");
        }
    }

    private static GenerationConfig of(String file, JsonNode root) {
        try {
            SamplingParams sampling = root.path("do_sample").asBoolean(false)
                    ? new SamplingParams(
                            (float) root.path("temperature").asDouble(1),
                            root.path("top_k").asInt(50),
                            (float) root.path("top_p").asDouble(1),
                            0)
                    : SamplingParams.GREEDY;
            return new GenerationConfig(sampling, eosTokenIds(file, root.path("eos_token_id")));
        } catch (IllegalArgumentException e) {
            throw UserInputException.input(file, "", String.valueOf(e.getMessage()), REMEDY);
        }
    }

    private static List<Integer> eosTokenIds(String file, JsonNode node) {
        List<Integer> ids = new ArrayList<>();
        for (JsonNode id : node.isArray() ? node : List.of(node)) {
            if (id.isInt() && id.asInt() >= 0) {
                ids.add(id.asInt());
            } else if (!id.isMissingNode() && !id.isNull()) {
                throw UserInputException.input(file, "key eos_token_id", "not a token id", REMEDY);
            }
        }
        return ids;
    }
}
