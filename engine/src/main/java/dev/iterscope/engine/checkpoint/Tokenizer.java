package dev.iterscope.engine.checkpoint;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Text to token ids and back, by a model's `tokenizer.json`. Safe for use by several threads.
///
/// The library behind it would look for a GPU build of itself and download one; it is told to take the CPU build that it carries.
public final class Tokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";
    private static final String FLAVOR_PROPERTY = "RUST_FLAVOR";
    private static final Map<String, String> OPTIONS = Map.of("truncation", "false", "padding", "false");

    private final HuggingFaceTokenizer tokenizer;

    private Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// Opens `tokenizer.json` in a model's folder.
    ///
    /// @throws UserInputException when there is none, it cannot be used, or it has tokens that the model does not know
    public static Tokenizer open(Path folder, ModelConfig model) {
        Path file = folder.resolve(FILE);
        requireVocabulary(file, model);
        if (System.getProperty(FLAVOR_PROPERTY) == null) {
            System.setProperty(FLAVOR_PROPERTY, "cpu");
        }
        try {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(file, OPTIONS));
        } catch (IOException | RuntimeException e) {
            throw UserInputException.input(file.toString(), "", "is not a tokenizer that can be used", "download it again");
        } catch (LinkageError e) {
            throw UserInputException.machine("the tokenizer library does not run on this machine: " + e.getMessage());
        }
    }

    /// Whether the folder holds a tokenizer.
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(FILE));
    }

    /// Checks that the tokenizer in a model's folder speaks the model's vocabulary, without opening it.
    ///
    /// Another model's tokenizer may fit by its size. What speaks against it is returned: an end of sequence that is an ordinary word
    /// there, or a vocabulary that is smaller than the model's by more than padding.
    ///
    /// @return a doubt, in one line
    /// @throws UserInputException when it cannot be read or has other tokens
    public static Optional<String> requireVocabulary(Path folder, ModelConfig model, List<Integer> eosTokenIds) {
        Path file = folder.resolve(FILE);
        TokenizerTokens tokens = requireVocabulary(file, model);
        for (int eos : eosTokenIds) {
            if (eos > tokens.highest()) {
                throw UserInputException.input(
                        file.toString(),
                        "",
                        "ends at token " + tokens.highest() + ", but the model ends a sequence with token " + eos,
                        "use the tokenizer of this model");
            }
        }
        return tokens.doubt(model.vocabSize(), eosTokenIds).map(doubt -> file + ": " + doubt);
    }

    private static TokenizerTokens requireVocabulary(Path file, ModelConfig model) {
        TokenizerTokens tokens = TokenizerTokens.read(file);
        if (tokens.highest() >= model.vocabSize()) {
            throw UserInputException.input(
                    file.toString(),
                    "",
                    "has token " + tokens.highest() + ", but the model's vocabulary has " + model.vocabSize() + " tokens",
                    "use the tokenizer of this model");
        }
        return tokens;
    }

    /// The token ids of `text`.
    ///
    /// @param specialTokens whether the tokens that the tokenizer puts around a text (begin of sequence, for one) are added
    public int[] encode(String text, boolean specialTokens) {
        long[] ids = tokenizer.encode(text, specialTokens, false).getIds();
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    /// The text of token ids, without special tokens.
    public String decode(int... ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
