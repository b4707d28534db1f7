package dev.iterscope.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationConfigTest {
    private static final ModelConfig MODEL = ModelPresets.find("qwen3-0.6b").orElseThrow();

    @TempDir
    Path folder;

    @Test
    void readsTheDefaultsOfQwen3() throws IOException {
        write("{\"do_sample\":true,\"eos_token_id\":[151645,151643],\"temperature\":0.6,\"top_k\":20,\"top_p\":0.95}");

        assertThat(GenerationConfig.read(folder, MODEL)).hasValueSatisfying(config -> {
            assertThat(config.sampling()).isEqualTo(new SamplingParams(0.6f, 20, 0.95f, 0));
            assertThat(config.eosTokenIds()).containsExactly(151645, 151643);
        });
    }

    @Test
    void withoutSamplingItIsGreedy() throws IOException {
        write("{\"eos_token_id\":2,\"temperature\":0.6}");

        assertThat(GenerationConfig.read(folder, MODEL).orElseThrow().sampling()).isEqualTo(SamplingParams.GREEDY);
    }

    @Test
    void noFileIsNoDefaults() {
        assertThat(GenerationConfig.read(folder, MODEL)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"do_sample":true,"top_p":7}                | topP
            {"do_sample":true,"temperature":"warm"}     | key temperature: not a number
            {"do_sample":true,"top_k":[20]}             | key top_k: not a number
            {"do_sample":"yes"}                         | key do_sample: neither true nor false
            {"eos_token_id":"</s>"}                     | key eos_token_id: not a token id
            {"eos_token_id":[-1]}                       | key eos_token_id: not a token id
            {"eos_token_id":[2,151936]}                 | key eos_token_id: token 151936 is none of the model's 151936
            [1]                                         | not a JSON object
            {                                           | not JSON
            """)
    void nonsenseIsOneLine(String json, String mentioned) throws IOException {
        write(json);
        assertThatThrownBy(() -> GenerationConfig.read(folder, MODEL))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining(mentioned);
    }

    private void write(String json) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), json);
    }
}
