package dev.iterscope.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceConfigTest {
    /// The keys of the published Llama-3.1-8B configuration.
    private static final String LLAMA_3_1_8B =
            """
                    {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000,
                     "eos_token_id": [128001, 128008, 128009], "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
                     "intermediate_size": 14336, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
                     "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1,
                     "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                     "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0,
                     "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_cache": true, "vocab_size": 128256}
                    """;

    @TempDir
    Path folder;

    @Test
    void readsLlama() throws IOException {
        ModelConfig model = read(LLAMA_3_1_8B);
        ModelConfig preset = ModelPresets.find("llama-3.1-8b").orElseThrow();

        assertThat(model.architecture()).isEqualTo(Architecture.LLAMA);
        assertThat(model.headDim()).isEqualTo(128);
        assertThat(model.rope()).isEqualTo(preset.rope());
        assertThat(model.parameters()).isEqualTo(preset.parameters());
        assertThat(model.eosTokenIds()).containsExactly(128001, 128008, 128009);
        assertThat(model.weightType()).isEqualTo(DataType.BF16);
        // 8.03 billion parameters, as the model's name says.
        assertThat(model.parameters()).isBetween(8_000_000_000L, 8_060_000_000L);
    }

    @Test
    void readsQwen3WithItsOwnHeadDimension() throws IOException {
        ModelConfig model = read(
                """
                        {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "eos_token_id": 151645, "head_dim": 128,
                         "hidden_act": "silu", "hidden_size": 1024, "intermediate_size": 3072, "max_position_embeddings": 40960,
                         "max_window_layers": 28, "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28,
                         "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
                         "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "use_sliding_window": false,
                         "vocab_size": 151936}
                        """);

        assertThat(model.queryWidth()).isEqualTo(2048);
        assertThat(model.qkNorm()).isTrue();
        assertThat(model.parameters()).isEqualTo(ModelPresets.find("qwen3-0.6b").orElseThrow().parameters());
        assertThat(model.name()).isEqualTo(folder.getFileName().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "silu"                    | "gelu"                  | hidden_act
            "LlamaForCausalLM"        | "GPT2LMHeadModel"       | GPT2LMHeadModel
            "hidden_size": 4096       | "hidden_size": -1       | hidden_size
            "hidden_size": 4096       | "hidden_size": 1e99     | hidden_size
            "num_hidden_layers": 32   | "num_hidden_layers": 99999999 | num_hidden_layers
            "vocab_size": 128256      | "vocab_size": "many"    | vocab_size
            "rope_type": "llama3"     | "rope_type": "yarn"     | yarn
            "num_key_value_heads": 8  | "num_key_value_heads": 5 | not a multiple
            "torch_dtype": "bfloat16" | "torch_dtype": "int4"   | torch_dtype
            "high_freq_factor": 4.0   | "high_freq_factor": 0.5 | high_freq_factor
            "mlp_bias": false         | "mlp_bias": true        | mlp_bias
            "eos_token_id": [128001   | "eos_token_id": [-7     | eos_token_id
            {"architectures"          | [["architectures"       | not JSON
            """)
    void refusesWhatItCannotComputeInOneLine(String from, String to, String mentioned) {
        String changed = LLAMA_3_1_8B.replace(from, to);

        assertThat(changed).isNotEqualTo(LLAMA_3_1_8B);
        assertThatThrownBy(() -> read(changed))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(mentioned)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aMissingFileIsAnInputFault() {
        assertThatThrownBy(() -> HuggingFaceConfig.read(folder.resolve("config.json")))
                .isInstanceOfSatisfying(
                        UserInputException.class, e -> assertThat(e.kind()).isEqualTo(UserInputException.Kind.INPUT));
    }

    @Test
    void anUnknownNameListsThePresets() {
        assertThatThrownBy(() -> ModelReference.resolve("no-such-model"))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("qwen3-0.6b");
    }

    private ModelConfig read(String json) throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, json);
        return HuggingFaceConfig.read(file);
    }
}
