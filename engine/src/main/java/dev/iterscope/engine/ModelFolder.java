package dev.iterscope.engine;

import dev.iterscope.engine.checkpoint.Checkpoint;
import dev.iterscope.engine.checkpoint.Tokenizer;
import dev.iterscope.engine.model.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What can be told of a model's folder before its weights are loaded.
public final class ModelFolder {
    private ModelFolder() {}

    /// Checks that the folder's tokenizer, where there is one, speaks the model's vocabulary.
    ///
    /// @param eosTokenIds tokens with which the model ends a sequence
    /// @return what can be used and yet may not be what was meant, each in one line: which of two sets of weights is read, or why the
    ///         tokenizer may be another model's
    /// @throws dev.iterscope.engine.request.UserInputException when the tokenizer cannot be read, or has other tokens than the model and
    ///                                                          its ends of sequence
    public static List<String> check(Path folder, ModelConfig model, List<Integer> eosTokenIds) {
        List<String> doubts = new ArrayList<>();
        Checkpoint.choice(folder).ifPresent(doubts::add);
        if (Tokenizer.isIn(folder)) {
            Tokenizer.requireVocabulary(folder, model, eosTokenIds).ifPresent(doubts::add);
        }
        return doubts;
    }
}
