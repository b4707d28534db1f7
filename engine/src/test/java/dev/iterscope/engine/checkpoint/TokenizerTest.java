package dev.iterscope.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerTest {
    /// A word-level tokenizer in the format of the tokenizers library.
    private static final String JSON =
            """
                    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":5,"content":"<eos>","single_word":false,
                     "lstrip":false,"rstrip":false,"normalized":false,"special":true}],"normalizer":null,
                     "pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
                     "model":{"type":"WordLevel","vocab":{"a":0,"batch":1,"of":2,"tokens":3,"<unk>":4},"unk_token":"<unk>"}}
                    """;

    @TempDir
    Path folder;

    @Test
    void encodesAndDecodes() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), JSON);

        try (Tokenizer tokenizer = Tokenizer.open(folder, ModelPresets.TINY)) {
            assertThat(tokenizer.encode("a batch of strange tokens", true)).containsExactly(0, 1, 2, 4, 3);
            assertThat(tokenizer.decode(1, 2, 3, 5)).isEqualTo("batch of tokens");
            // Longer than the 512 tokens at which the library would cut by default.
            assertThat(tokenizer.encode("a ".repeat(2000), true)).hasSize(2000);
        }
    }

    @Test
    void aTokenizerOfAnotherVocabularyIsRefused() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), JSON.replace("\"tokens\":3", "\"tokens\":70000"));

        assertThatThrownBy(() -> Tokenizer.open(folder, ModelPresets.TINY))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("70000")
                .hasMessageContaining("8192");
    }

    @Test
    void whatIsNoTokenizerIsOneLine() throws IOException {
        assertThatThrownBy(() -> Tokenizer.open(folder, ModelPresets.TINY)).isInstanceOf(UserInputException.class);
        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\":{}}");
        assertThatThrownBy(() -> Tokenizer.open(folder, ModelPresets.TINY))
                .isInstanceOf(UserInputException.class)
                .message()
                .doesNotContain("\n");
    }

    /// A tokenizer that fits by its size may still be another model's; what is known of one that belongs raises no doubt.
    @Test
    void whatSpeaksAgainstATokenizerIsSaid() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), JSON.replace("\"id\":5", "\"id\":8191"));
        assertThat(Tokenizer.requireVocabulary(folder, ModelPresets.TINY, List.of(8191))).isEmpty();
        assertThat(Tokenizer.requireVocabulary(folder, ModelPresets.TINY, List.of(8191, 7))).isEmpty();
        assertThat(Tokenizer.requireVocabulary(folder, ModelPresets.TINY, List.of())).isEmpty();
        assertThat(Tokenizer.requireVocabulary(folder, ModelPresets.TINY, List.of(3)))
                .hasValueSatisfying(doubt -> assertThat(doubt).contains("tokenizer.json: token 3").contains("an ordinary word here"));

        Files.writeString(folder.resolve("tokenizer.json"), JSON.replace("\"id\":5", "\"id\":7679"));
        assertThat(Tokenizer.requireVocabulary(folder, ModelPresets.TINY, List.of(7679))).as("512 tokens of padding").isEmpty();
        Files.writeString(folder.resolve("tokenizer.json"), JSON.replace("\"id\":5", "\"id\":7678"));
        assertThat(Tokenizer.requireVocabulary(folder, ModelPresets.TINY, List.of(7678)))
                .hasValueSatisfying(doubt -> assertThat(doubt).contains("7679 tokens and the model 8192"));
    }

    /// The published sizes of vocabularies and tokenizers that belong together: Qwen2.5 (two paddings), Llama 3, Mistral 0.3; and that of
    /// Llama 2 in a model of Mistral's.
    @ParameterizedTest
    @CsvSource({"151936,151664,false", "152064,151664,false", "128256,128255,false", "32768,32767,false", "32768,31999,true"})
    void paddingRaisesNoDoubt(int vocabSize, int highest, boolean doubtful) {
        assertThat(new TokenizerTokens(highest, Set.of()).doubt(vocabSize, List.of(2)).isPresent()).isEqualTo(doubtful);
    }
}
