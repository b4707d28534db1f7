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

class GenerationConfigTest {
    @TempDir
    Path folder;

    @Test
    void readsTheDefaultsOfQwen3() throws IOException {
        write("{\"do_sample\":true,\"eos_token_id\":[151645,151643],\"temperature\":0.6,\"top_k\":20,\"top_p\":0.95}");

        assertThat(GenerationConfig.read(folder)).hasValueSatisfying(config -> {
            assertThat(config.sampling()).isEqualTo(new SamplingParams(0.6f, 20, 0.95f, 0));
            assertThat(config.eosTokenIds()).containsExactly(151645, 151643);
        });
    }

    @Test
    void withoutSamplingItIsGreedy() throws IOException {
        write("{\"eos_token_id\":2,\"temperature\":0.6}");

        assertThat(GenerationConfig.read(folder).orElseThrow().sampling()).isEqualTo(SamplingParams.GREEDY);
    }

    @Test
    void noFileIsNoDefaults() {
        assertThat(GenerationConfig.read(folder)).isEmpty();
    }

    @Test
    void nonsenseIsOneLine() throws IOException {
        write("{\"do_sample\":true,\"top_p\":7}");
        assertThatThrownBy(() -> GenerationConfig.read(folder)).isInstanceOf(UserInputException.class).hasMessageContaining("topP");
        write("{");
        assertThatThrownBy(() -> GenerationConfig.read(folder)).isInstanceOf(UserInputException.class).hasMessageContaining("not JSON");
    }

    private void write(String json) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), json);
    }
}
