package dev.iterscope.projection.model.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.KernelModel;
import dev.iterscope.projection.model.kernel.KernelTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilesTest {
    @TempDir
    Path dir;

    @Test
    void readsLayersByNameAndSequencesApart() throws IOException {
        Files.writeString(dir.resolve("dense.csv"), "layer,tokens,time_us\nqkv_proj,1,10.5\nqkv_proj,2,11\no_proj,1,7\n");
        Files.writeString(dir.resolve("notes.csv"), "who,what\nme,nothing\n");
        Files.writeString(dir.resolve("meta.yaml"), "gpu: A Device\n");

        Profile profile = ProfileReader.read(dir, true);

        assertThat(profile.tables()).extracting(t -> t.table().name()).containsExactly("o_proj", "qkv_proj");
        assertThat(profile.device()).contains("A Device");
        assertThat(profile.table("qkv_proj").orElseThrow().table().time(1)).isEqualTo(11);
    }

    @Test
    void aCellThatIsNoNumberIsToldWithItsPlace() throws IOException {
        Path file = Files.writeString(dir.resolve("dense.csv"), "layer,tokens,time_us\nqkv_proj,many,10.5\n");

        assertThatThrownBy(() -> ProfileReader.read(file, true))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("row 1, column tokens")
                .hasMessageContaining("'many'");
    }

    @Test
    void rowsWithoutATimeAreCountedOrKeptForPrediction() throws IOException {
        Path file = Files.writeString(dir.resolve("gemm.csv"), "gemm_dtype,m,n,k,latency\nbfloat16,1,32,32,0.01\nbfloat16,2,32,32,\n");

        assertThat(ProfileReader.read(file, true).skippedRows()).isEqualTo(1);
        assertThat(ProfileReader.read(file, false).table("gemm").orElseThrow().table().size()).isEqualTo(2);
    }

    @Test
    void severalProfilesBelowOneFolderAreNotMixed() throws IOException {
        for (String name : List.of("a", "b")) {
            Files.writeString(Files.createDirectory(dir.resolve(name)).resolve("dense.csv"), "layer,tokens,time_us\nqkv_proj,1,10.5\n");
        }

        assertThatThrownBy(() -> ProfileReader.read(dir, true)).hasMessageContaining("several profiles");
    }

    @Test
    void aModelFileGivesTheSamePredictions() throws IOException {
        Path csv = dir.resolve("dense.csv");
        StringBuilder text = new StringBuilder("layer,tokens,time_us\n");
        for (int tokens = 1; tokens < 200; tokens++) {
            text.append("qkv_proj,").append(tokens).append(',').append(20 + tokens * 0.3).append('\n');
        }
        Files.writeString(csv, text);
        KernelTable table = ProfileReader.read(csv, true).tables().getFirst().table();
        KernelModel model = KernelModel.fit(table);

        ModelFile.write(dir.resolve("model.json"),
                new ModelFile.Content(Optional.of("a \"device\""), Optional.empty(), List.of(model.table())));
        ModelFile.Content content = ModelFile.read(dir.resolve("model.json"));

        assertThat(content.kernels().getFirst().name()).isEqualTo("qkv_proj");
        double again = KernelModel.fit(content.kernels().getFirst()).predict(77).time();
        assertThat(again / model.predict(77).time()).isBetween(0.9999, 1.0001);
    }

    @Test
    void aFileThatIsNoModelIsRefusedInOneLine() throws IOException {
        Path file = Files.writeString(dir.resolve("other.json"), "{\"format\": \"something\"}");

        assertThatThrownBy(() -> ModelFile.read(file)).isInstanceOf(UserInputException.class)
                .hasMessageContaining("not a kernel model file");
        Files.writeString(file, "{\"version\": 99}");
        assertThatThrownBy(() -> ModelFile.read(file)).hasMessageContaining("version 99");
    }
}
