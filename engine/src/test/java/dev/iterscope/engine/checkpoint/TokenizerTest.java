package dev.iterscope.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
