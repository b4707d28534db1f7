package dev.iterscope.projection.model.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// AIConfigurator's layout of a system: operation, framework, version.
class SystemFolderTest {
    private static final String ATTENTION = "op_name,batch_size,isl,num_heads,num_key_value_heads,head_dim,step,latency\n";
    private static final String REUSE = """
            # a comment
            schema_version: 1
            reuse:
            - table: context_attention_perf
              from_version: 0.24.0
              reason: 'superseded rows removed; see
                from_version: 9.9.9 of the log'
              approved_by: somebody
            - from_version: "0.24.0"   # the order of keys is free
              table: generation_attention_perf
              reason: >-
                as above
              approved_by: somebody
            """;
    @TempDir
    Path data;
    private Path system;

    @BeforeEach
    void writeTables() throws IOException {
        system = data.resolve("h200_sxm");
        gemm("gemm/vllm/0.22.0", "1,64,64", 0.22);
        gemm("gemm/vllm/0.24.0", "1,64,64", 0.24);
        gemm("gemm/vllm/0.25.0rc1", "1,64,64", 0.25);
        attention("attention/vllm/0.24.0", 0.24);
        write("attention/vllm/0.22.0/reuse.yaml", REUSE);
        write("moe/vllm/0.24.0/moe_perf.csv", "moe_dtype,num_tokens,latency\nfp8,1,0.1\n");
        write("comm/nccl/2.20.5/nccl_perf.csv", "op_name,nccl_dtype,num_gpus,message_size,latency\nall_gather,half,2,64,0.5\n");
        write("comm/nccl/2.9.1/nccl_perf.csv", "op_name,nccl_dtype,num_gpus,message_size,latency\nall_gather,half,2,64,0.9\n");
    }

    @Test
    void takesTheNewestVersionWithEveryTableAStepNeeds() throws IOException {
        Profile profile = read(Optional.empty(), Optional.empty());

        assertThat(profile.collection()).get().satisfies(taken -> {
            assertThat(taken.framework()).isEqualTo("vllm");
            assertThat(taken.version()).isEqualTo("0.24.0");
            assertThat(taken.files()).extracting(Path::toString).containsExactlyInAnyOrder(
                    "gemm/vllm/0.24.0/gemm_perf.csv", "attention/vllm/0.24.0/context_attention_perf.csv",
                    "attention/vllm/0.24.0/generation_attention_perf.csv", "moe/vllm/0.24.0/moe_perf.csv",
                    "comm/nccl/2.20.5/nccl_perf.csv");
        });
        assertThat(profile.table("gemm").orElseThrow().table().time(0)).isEqualTo(0.24);
        assertThat(profile.table("nccl_all_gather").orElseThrow().table().time(0)).isEqualTo(0.5);
        assertThat(profile.unused()).singleElement().satisfies(table -> assertThat(table.rows()).hasValue(1));
    }

    @Test
    void takesWhatReuseYamlBorrowsFromAnotherVersion() throws IOException {
        Profile profile = read(Optional.of("vllm"), Optional.of("0.22"));

        assertThat(profile.table("gemm").orElseThrow().table().time(0)).isEqualTo(0.22);
        assertThat(profile.table("context_attention").orElseThrow().table().time(0)).isEqualTo(0.24);
        assertThat(profile.collection().orElseThrow().files()).extracting(Path::toString)
                .contains("attention/vllm/0.24.0/context_attention_perf.csv");
        assertThat(profile.collection().orElseThrow().missing()).isEmpty();
    }

    @Test
    void rowsOfItsOwnComeBeforeBorrowedOnes() throws IOException {
        gemm("gemm/vllm/0.26.0", "1,64,64", 0.26);
        Files.writeString(system.resolve("gemm/vllm/0.24.0/gemm_perf.csv"),
                "gemm_dtype,m,n,k,latency\nbfloat16,1,64,64,0.24\nbfloat16,2,64,64,0.48\n");
        write("gemm/vllm/0.26.0/reuse.yaml",
                "reuse:\n- table: gemm_perf\n  from_version: 0.24.0\n- table: no_perf\n  from_version: 0.1.0\n");

        Profile profile = read(Optional.of("vllm"), Optional.of("0.26"));

        StepModels.Kernels kernels = StepModels.ofProfile(profile);
        assertThat(kernels.tables()).filteredOn(table -> table.name().equals("gemm")).singleElement().satisfies(gemm -> {
            assertThat(gemm.size()).isEqualTo(2);
            assertThat(gemm.time(0)).isEqualTo(0.26);
            assertThat(gemm.time(1)).isEqualTo(0.48);
        });
        assertThat(profile.collection().orElseThrow().missing()).containsExactly("no_perf of 0.1.0");
    }

    @Test
    void readsTheFormerLayoutWithoutOperations() throws IOException {
        Path old = data.resolve("old");
        for (String table : new String[] {"gemm/vllm/0.24.0/gemm_perf.csv", "attention/vllm/0.24.0/context_attention_perf.csv",
            "attention/vllm/0.24.0/generation_attention_perf.csv"}) {
            Path source = system.resolve(table);
            Path target = old.resolve("vllm/0.19.0").resolve(String.valueOf(source.getFileName()));
            Files.createDirectories(old.resolve("vllm/0.19.0"));
            Files.copy(source, target);
        }

        assertThat(ProfileReader.read(old, true).collection().orElseThrow().version()).isEqualTo("0.19.0");
    }

    @Test
    void saysWhatThereIsWhereAChoiceFitsNothing() throws IOException {
        assertThatThrownBy(() -> read(Optional.of("sglang"), Optional.empty())).hasMessageContaining("no tables of sglang")
                .hasMessageContaining("vllm");
        assertThatThrownBy(() -> read(Optional.of("vllm"), Optional.of("0.2"))).hasMessageContaining("no version 0.2 of vllm")
                .hasMessageContaining("0.22.0, 0.24.0, 0.25.0rc1");
        assertThatThrownBy(() -> ProfileReader.read(data, true)).hasMessageContaining("several systems").hasMessageContaining("h200_sxm");

        gemm("gemm/sglang/0.5.9", "1,64,64", 1);
        assertThatThrownBy(() -> read(Optional.empty(), Optional.empty())).hasMessageContaining("several frameworks: sglang, vllm");
        assertThatThrownBy(() -> read(Optional.of("sglang"), Optional.empty()))
                .hasMessageContaining("0.5.9 lacks context_attention_perf and generation_attention_perf");
    }

    @Test
    void anEntryThatNamesNoVersionIsRefused() throws IOException {
        write("attention/vllm/0.22.0/reuse.yaml", "reuse:\n- table: context_attention_perf\n  reason: none\n");

        assertThatThrownBy(() -> read(Optional.of("vllm"), Optional.of("0.22"))).hasMessageContaining("reuse.yaml, entry 1")
                .hasMessageContaining("no from_version");
    }

    @Test
    void versionsStandInTheOrderOfTheirReleases() {
        assertThat(Stream.of("0.5.6.post2", "1.3.0rc9", "0.24.0", "0.5.6", "1.3.0", "0.5.10", "1.3.0rc20", "0.1.dev19262")
                .map(TableVersion::new)
                .sorted()
                .map(TableVersion::name)).containsExactly("0.1.dev19262", "0.5.6", "0.5.6.post2", "0.5.10", "0.24.0", "1.3.0rc9",
                        "1.3.0rc20",
                        "1.3.0");
    }

    private Profile read(Optional<String> framework, Optional<String> version) throws IOException {
        return ProfileReader.read(system, true, new ProfileChoice(framework, version, OptionalInt.empty()));
    }

    private void gemm(String folder, String sizes, double latency) throws IOException {
        write(folder + "/gemm_perf.csv", "gemm_dtype,m,n,k,latency\nbfloat16," + sizes + "," + latency + "\n");
    }

    private void attention(String folder, double latency) throws IOException {
        write(folder + "/context_attention_perf.csv", ATTENTION + "context_attention,1,64,8,8,128,0," + latency + "\n");
        write(folder + "/generation_attention_perf.csv", ATTENTION + "generation_attention,1,1,8,8,128,63," + latency + "\n");
    }

    private void write(String file, String text) throws IOException {
        Path target = system.resolve(file);
        Files.createDirectories(target.getParent());
        Files.writeString(target, text);
    }
}
