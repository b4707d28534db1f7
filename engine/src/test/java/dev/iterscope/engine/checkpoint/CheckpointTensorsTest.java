package dev.iterscope.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Weights and configuration that contradict each other, and files that change under the reader.
class CheckpointTensorsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"QWEN3,1", "QWEN3,2", "LLAMA,1", "QWEN2,1"})
    void aModelsOwnWeightsFit(Architecture family, int layers) throws IOException {
        write(model(family, layers));
        try (TensorSource source = TensorSource.open(Optional.of(folder), 0)) {
            source.requireModel(model(family, layers));
            source.requireUnchanged();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            QWEN3 | 1 | LLAMA | 1 | model.layers.0.self_attn.k_norm.weight: config.json describes a model without it
            QWEN2 | 1 | LLAMA | 1 | model.layers.0.self_attn.k_proj.bias: config.json describes a model without it
            LLAMA | 2 | LLAMA | 1 | model.layers.1.input_layernorm.weight: config.json describes a model without it
            LLAMA | 1 | LLAMA | 2 | model.layers.1.self_attn.q_proj.weight: missing
            LLAMA | 1 | QWEN3 | 1 | model.layers.0.self_attn.q_norm.weight: missing
            """)
    void anotherModelsWeightsAreRefused(Architecture family, int layers, Architecture wanted, int wantedLayers, String mentioned)
            throws IOException {
        write(model(family, layers));
        try (TensorSource source = TensorSource.open(Optional.of(folder), 0)) {
            assertThatThrownBy(() -> source.requireModel(model(wanted, wantedLayers)))
                    .isInstanceOf(UserInputException.class)
                    .hasMessageContaining("model.safetensors, tensor " + mentioned);
        }
    }

    /// Checkpoints may hold what a model does not read: tables of angles, and the head of a tied model as a copy of its embedding.
    @Test
    void whatIsKnownToBeIdleIsLeftAlone() throws IOException {
        write(model(Architecture.LLAMA, 1));
        add("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", "[1]", new byte[4]);
        byte[] embedding = tensor("model.embed_tokens.weight");
        add("lm_head.weight", "BF16", "[40, 32]", embedding);
        assertThatCode(this::requireLlama).doesNotThrowAnyException();
    }

    @Test
    void theHeadOfATiedModelMustBeItsEmbedding() throws IOException {
        write(model(Architecture.LLAMA, 1));
        byte[] other = tensor("model.embed_tokens.weight");
        other[5] ^= 1;
        add("lm_head.weight", "BF16", "[40, 32]", other);
        assertThatThrownBy(this::requireLlama)
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("lm_head.weight")
                .hasMessageContaining("tie_word_embeddings");
    }

    private void requireLlama() {
        try (TensorSource source = TensorSource.open(Optional.of(folder), 0)) {
            source.requireModel(model(Architecture.LLAMA, 1));
        }
    }

    /// A page of a mapped file that is no longer there is a fault of the memory access, which must not end the JVM. Read often enough to be
    /// compiled.
    @ParameterizedTest
    @ValueSource(ints = {1, 3000})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "a mapped file cannot be cut there")
    void aFileCutUnderTheReaderIsOneLine(int readsBefore) throws IOException {
        ModelConfig model = model(Architecture.LLAMA, 1);
        write(model);
        TensorSpec last = TensorSpec.embedding(model);
        try (TensorSource source = TensorSource.open(Optional.of(folder), 0)) {
            float[] row = new float[last.columns()];
            for (int i = 0; i < readsBefore; i++) {
                source.readRow(last.name(), last.rows(), last.columns(), i % last.rows(), row);
            }
            try (FileChannel file = FileChannel.open(folder.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
                assertThat(file.truncate(8).size()).isEqualTo(8);
            }
            assertThatThrownBy(() -> {
                for (TensorSpec tensor : TensorSpec.all(model)) {
                    float[] into = new float[tensor.columns()];
                    for (int i = 0; i < tensor.rows(); i++) {
                        source.readRow(tensor.name(), tensor.rows(), tensor.columns(), i, into);
                    }
                }
            }).isInstanceOf(UserInputException.class).hasMessageContaining("model.safetensors, tensor model.");
            assertThatThrownBy(source::requireUnchanged).isInstanceOf(UserInputException.class).hasMessageContaining("has 8 after");
        }
    }

    private byte[] tensor(String name) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            return checkpoint.find(name).orElseThrow().data().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /// Appends a tensor.
    private void add(String name, String dtype, String shape, byte[] data) throws IOException {
        Path file = folder.resolve("model.safetensors");
        ByteBuffer old = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) old.getLong();
        String header = new String(old.array(), 8, length, StandardCharsets.UTF_8).strip();
        int bytes = old.capacity() - 8 - length;
        String more = ",\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + bytes + ","
                + (bytes + data.length) + "]}}";
        byte[] json = (header.substring(0, header.length() - 1) + more).getBytes(StandardCharsets.UTF_8);
        ByteBuffer whole = ByteBuffer.allocate(8 + json.length + bytes + data.length).order(ByteOrder.LITTLE_ENDIAN);
        whole.putLong(json.length).put(json).put(old.array(), 8 + length, bytes).put(data);
        Files.write(file, whole.array());
    }

    private void write(ModelConfig model) throws IOException {
        new CheckpointWriter(model, TensorSource.dummy(1)).write(folder, List.of("a"));
    }

    /// Bigger than a page, so that cutting the file takes pages away.
    private static ModelConfig model(Architecture family, int layers) {
        return new ModelConfig(
                "small", family, 32, layers, 2, 1, 32, 64, 40, true, family == Architecture.QWEN3, family == Architecture.QWEN2, 1e-6f,
                new Rope(1e4, Optional.empty()), 256, DataType.BF16, List.of());
    }
}
