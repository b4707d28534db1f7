package dev.iterscope.engine.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The tokens that a `tokenizer.json` has, as far as they tell whose it is.
///
/// @param highest the highest token id
/// @param special ids of the added tokens that are special
record TokenizerTokens(int highest, Set<Integer> special) {
    private static final long MAX_FILE_BYTES = 256L << 20;
    /// Vocabularies are padded to a multiple of up to 512 tokens; those of 150,000 tokens by half a percent.
    private static final int PADDING = 512;

    private static final int LARGE_PER_PADDING_TOKEN = 100;

    TokenizerTokens {
        special = Set.copyOf(special);
    }

    /// @throws UserInputException when the file cannot be read or has no tokens
    static TokenizerTokens read(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw UserInputException.input(file.toString(), "", "larger than a tokenizer can be", "download it again");
            }
            return of(file, new ObjectMapper().readTree(Files.readAllBytes(file)));
        } catch (JsonProcessingException e) {
            throw UserInputException.input(file.toString(), "", "not JSON", "download it again");
        } catch (IOException e) {
            throw UserInputException.input(file.toString(), "", "cannot be read", "check the model's folder");
        }
    }

    private static TokenizerTokens of(Path file, JsonNode root) {
        int highest = -1;
        JsonNode vocabulary = root.path("model").path("vocab");
        for (JsonNode token : vocabulary) {
            highest = Math.max(highest, token.isInt() ? token.asInt() : -1);
        }
        if (vocabulary.isArray()) {
            highest = vocabulary.size() - 1; // of Unigram: pairs of piece and score, in order of their ids
        }
        Set<Integer> special = new HashSet<>();
        for (JsonNode added : root.path("added_tokens")) {
            int id = added.path("id").asInt(-1);
            highest = Math.max(highest, id);
            if (added.path("special").asBoolean(false)) {
                special.add(id);
            }
        }
        if (highest < 0) {
            throw UserInputException.input(file.toString(), "key model.vocab", "has no tokens", "download it again");
        }
        return new TokenizerTokens(highest, special);
    }

    /// What speaks against this being the tokenizer of a model of that vocabulary and those ends of sequence.
    Optional<String> doubt(int vocabSize, List<Integer> eosTokenIds) {
        int unknown = vocabSize - 1 - highest;
        if (unknown > Math.min(vocabSize / 2, Math.max(PADDING, vocabSize / LARGE_PER_PADDING_TOKEN))) {
            return Optional.of("has " + (highest + 1) + " tokens and the model " + vocabSize
                    + ", more than padding explains; it may be another model's");
        }
        if (!special.isEmpty() && !eosTokenIds.isEmpty() && eosTokenIds.stream().noneMatch(special::contains)) {
            return Optional.of("token " + eosTokenIds.getFirst()
                    + ", with which the model ends a sequence, is an ordinary word here; it may be another model's");
        }
        return Optional.empty();
    }
}
