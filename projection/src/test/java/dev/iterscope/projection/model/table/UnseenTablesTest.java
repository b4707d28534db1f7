package dev.iterscope.projection.model.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.projection.model.kernel.KernelTable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tables as others write them, and files beside them that are of no use.
class UnseenTablesTest {
    @TempDir
    Path dir;

    @Test
    void readsParquetPackedBySnappyWhichPandasWritesByDefault() throws IOException {
        Profile profile = ProfileReader.read(snappy(dir.resolve("gemm_perf.parquet")), true);

        KernelTable gemm = profile.table("gemm").orElseThrow().table();
        assertThat(gemm.size()).isEqualTo(16);
        assertThat(gemm.sizes(9)).containsExactly(2, 2048, 1024, 0);
        assertThat(gemm.time(9)).isEqualTo(0.004014);
        assertThat(profile.device()).contains("NVIDIA H100 80GB HBM3");
    }

    @Test
    void whatIsNotUsedIsNamedAndStopsNothing() throws IOException {
        snappy(dir.resolve("gemm_perf.parquet"));
        Files.writeString(dir.resolve("moe_perf.csv"), "moe_dtype,num_tokens,latency\nfp8,1,0.1\nfp8,2\nfp8,4,0.3,9\n");
        Files.writeString(dir.resolve("mamba2_perf.parquet"), "this is no table");

        Profile profile = ProfileReader.read(dir, true);

        assertThat(profile.tables()).hasSize(1);
        assertThat(profile.unused()).extracting(t -> String.valueOf(t.file().getFileName())).containsExactly("mamba2_perf.parquet",
                "moe_perf.csv");
        assertThat(profile.unused().getFirst().rows()).isEmpty();
        assertThat(profile.unused().getLast().rows()).hasValue(3);
    }

    @Test
    void aTableThatModelsUseIsNotPassedOverWhenItCannotBeRead() throws IOException {
        Path whole = snappy(dir.resolve("other.parquet"));
        byte[] bytes = Files.readAllBytes(whole);
        Files.delete(whole);
        Files.writeString(dir.resolve("dense.csv"), "layer,tokens,time_us\nqkv_proj,1,10.5\n");
        Path damaged = dir.resolve("gemm_perf.parquet");
        for (int i = 4; i < 600; i++) {
            bytes[i] = (byte) 0xff;
        }
        Files.write(damaged, bytes);

        assertThatThrownBy(() -> ProfileReader.read(dir, true)).hasMessageContaining("gemm_perf.parquet")
                .hasMessageContaining("not a readable Parquet file (")
                .hasMessageNotContaining("(null)");
    }

    @Test
    void aPointerOfGitLfsIsNamedAsOne() throws IOException {
        Files.writeString(dir.resolve("gemm_perf.parquet"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n");

        assertThatThrownBy(() -> ProfileReader.read(dir, true)).hasMessageContaining("pointer of Git LFS").hasMessageContaining("git lfs pull");
    }

    static Path snappy(Path file) throws IOException {
        try (InputStream in = UnseenTablesTest.class.getResourceAsStream("/kernel-tables/gemm-snappy.parquet")) {
            Files.copy(Objects.requireNonNull(in), file);
        }
        return file;
    }
}
