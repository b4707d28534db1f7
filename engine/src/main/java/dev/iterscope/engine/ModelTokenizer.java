package dev.iterscope.engine;

import dev.iterscope.engine.checkpoint.Tokenizer;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.UserInputException;
import java.nio.file.Path;

/// Text to token ids and back, by the `tokenizer.json` of a model's folder. Safe for use by several threads.
public final class ModelTokenizer implements AutoCloseable {
    private final Tokenizer tokenizer;

    private ModelTokenizer(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// Opens the tokenizer of a model.
    ///
    /// @throws UserInputException when there is none, it cannot be used, or it has tokens that the model does not know
    public static ModelTokenizer open(Path folder, ModelConfig model) {
        return new ModelTokenizer(Tokenizer.open(folder, model));
    }

    /// The token ids of a text, with the tokens that the tokenizer puts around it (begin of sequence, for one).
    public int[] encode(String text) {
        return tokenizer.encode(text, true);
    }

    /// The text of token ids, without special tokens.
    public String decode(int... ids) {
        return tokenizer.decode(ids);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
