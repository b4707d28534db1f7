package dev.iterscope.projection.model.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.projection.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// LLMServingSim's folders: a `meta.yaml` for all degrees, whose dimensions are those of one rank of the last.
class RankFoldersTest {
    private static final ModelConfig LLAMA = ModelPresets.find("llama-3.1-8b").orElseThrow();
    private static final ModelConfig OTHER = ModelPresets.find("qwen3-8b").orElseThrow();

    @TempDir
    Path dir;
    private Path variant;

    @BeforeEach
    void writeProfile() throws IOException {
        variant = Files.createDirectories(dir.resolve("RTXPRO6000/meta-llama/Llama-3.1-8B/bf16"));
        Files.writeString(variant.resolve("meta.yaml"), """
                gpu: NVIDIA RTX PRO 6000 Blackwell Server Edition
                variant: bf16
                tp_degrees: [1, 2]
                engine_effective:
                  tensor_parallel_size: 1
                  hf_overrides:
                    num_hidden_layers: 1
                    intermediate_size: 7168
                    num_attention_heads: 16
                    num_key_value_heads: 4
                    vocab_size: 64128
                """);
        for (int ranks : new int[] {1, 2}) {
            Path folder = Files.createDirectories(variant.resolve("tp" + ranks));
            Files.writeString(folder.resolve("dense.csv"), "layer,tokens,time_us\nqkv_proj,1," + 10.5 / ranks + "\n");
        }
    }

    @Test
    void eachDegreeOpensForItsNumberOfRanks() throws IOException {
        for (int ranks : new int[] {1, 2}) {
            MeasuredLayers layers = layers(variant.resolve("tp" + ranks), OptionalInt.empty());
            assertThatCode(() -> layers.check(variant, LLAMA, ranks)).doesNotThrowAnyException();
            assertThatThrownBy(() -> layers.check(variant, LLAMA, 3 - ranks)).hasMessageContaining("are of " + ranks + " rank");
            assertThatThrownBy(() -> layers.check(variant, OTHER, ranks)).hasMessageContaining("intermediate_size 7168 on each of 2 ranks")
                    .hasMessageContaining("6144");
        }
    }

    @Test
    void theFolderAboveOpensWithANumberOfRanks() throws IOException {
        assertThat(read(variant, OptionalInt.of(2)).table("qkv_proj").orElseThrow().table().time(0)).isEqualTo(5.25);
        assertThat(read(dir, OptionalInt.of(1)).table("qkv_proj").orElseThrow().table().time(0)).isEqualTo(10.5);
        assertThat(read(variant, OptionalInt.of(2)).device()).contains("NVIDIA RTX PRO 6000 Blackwell Server Edition");
        assertThatThrownBy(() -> read(variant, OptionalInt.of(4)))
                .hasMessageContaining("one of the ranks [1, 2] with --tensor-parallel-size");
        assertThatThrownBy(() -> read(variant, OptionalInt.empty())).hasMessageContaining("several profiles");
    }

    @Test
    void aFolderTakenFromItsPlaceOpensByItsName() throws IOException {
        Path flat = Files.createDirectory(dir.resolve("Llama-3.1-8B-bf16-tp1"));
        Files.copy(variant.resolve("meta.yaml"), flat.resolve("meta.yaml"));
        Files.copy(variant.resolve("tp1/dense.csv"), flat.resolve("dense.csv"));

        MeasuredLayers layers = layers(flat, OptionalInt.empty());

        assertThatCode(() -> layers.check(flat, LLAMA, 1)).doesNotThrowAnyException();
    }

    @Test
    void thePublicProfileOpens() throws IOException {
        Path folder = SharedData.file("kernel-profiles/llmservingsim/RTXPRO6000/Llama-3.1-8B-bf16-tp1");

        MeasuredLayers layers = layers(folder, OptionalInt.empty());

        assertThatCode(() -> layers.check(folder, LLAMA, 1)).doesNotThrowAnyException();
        assertThatThrownBy(() -> layers.check(folder, LLAMA, 2)).hasMessageContaining("are of 1 rank");
    }

    private static MeasuredLayers layers(Path folder, OptionalInt ranks) throws IOException {
        return MeasuredLayers.of(read(folder, ranks)).orElseThrow();
    }

    private static Profile read(Path folder, OptionalInt ranks) throws IOException {
        return ProfileReader.read(folder, true, ranks.isPresent() ? ProfileChoice.NONE.withRanks(ranks.getAsInt()) : ProfileChoice.NONE);
    }
}
