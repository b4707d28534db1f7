package dev.iterscope.projection.model.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.projection.model.kernel.KernelModel;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.MatrixType;
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

        assertThatThrownBy(() -> ProfileReader.read(dir, true)).hasMessageContaining("pointer of Git LFS")
                .hasMessageContaining("git lfs pull");
    }

    /// Attention in 8 bits of a cache in 8 bits is another kernel than attention in 16 bits of it.
    @Test
    void attentionOfTheSameSizesInAnotherTypeIsAnotherRow() throws IOException {
        StringBuilder text = new StringBuilder("op_name,batch_size,isl,num_heads,num_key_value_heads,head_dim,attn_dtype,kv_cache_dtype,"
                + "step,latency\n");
        for (int isl = 16; isl <= 16384; isl *= 2) {
            text.append("context_attention,1,").append(isl).append(",32,8,128,bfloat16,fp8,0,").append(isl / 1000.0).append('\n');
            text.append("context_attention,1,").append(isl).append(",32,8,128,fp8,fp8,0,").append(isl / 2000.0).append('\n');
        }
        KernelTable table = ProfileReader.read(Files.writeString(dir.resolve("context.csv"), text), true).tables().getFirst().table();
        KernelModel model = KernelModel.fit(table);

        int fp8 = MatrixType.FP8.code();
        assertThat(table.sizes(0)).isNotEqualTo(table.sizes(1));
        double in16Bits = model.predict(1024, 1, 32, 8, 128, fp8, 0, MatrixType.BFLOAT16.code()).time();
        double in8Bits = model.predict(1024, 1, 32, 8, 128, fp8, 0, fp8).time();
        assertThat(in16Bits / in8Bits).isBetween(1.9, 2.1);
    }

    @Test
    void weightsInIntegersAloneAreAnotherTypeThanAllInIntegers() throws IOException {
        Path file = Files.writeString(dir.resolve("gemm_perf.csv"),
                "gemm_dtype,m,n,k,latency\nint8_wo,1,64,64,0.2\nsq,1,64,64,0.1\nint8,1,64,64,0.1\n");

        KernelTable gemm = ProfileReader.read(file, true).table("gemm").orElseThrow().table();

        assertThat(gemm.sizes(0)[3]).isEqualTo(MatrixType.INT8_WEIGHTS.code());
        assertThat(gemm.sizes(1)[3]).isEqualTo(MatrixType.INT8.code()).isEqualTo(gemm.sizes(2)[3]);
    }

    @Test
    void aModelFileFromBeforeAttentionHadATypeIsRead() throws IOException {
        Path file = Files.writeString(dir.resolve("model.json"), """
                { "format": "iterscope-kernel-model", "version": 1,
                  "kernels": [ { "name": "context_attention", "kernel": "CONTEXT_ATTENTION", "unit": "ms",
                    "axes": ["isl", "batch", "heads", "kv_heads", "head_dim", "kv_type", "window"],
                    "rows": [ [64, 1, 8, 8, 128, 1, 0, 0.5] ] } ] }
                """);

        KernelTable table = ModelFile.read(file).kernels().getFirst();

        assertThat(table.sizes(0)).containsExactly(64, 1, 8, 8, 128, 1, 0, 0);
        assertThat(table.time(0)).isEqualTo(0.5);
    }

    static Path snappy(Path file) throws IOException {
        try (InputStream in = UnseenTablesTest.class.getResourceAsStream("/kernel-tables/gemm-snappy.parquet")) {
            Files.copy(Objects.requireNonNull(in), file);
        }
        return file;
    }
}
