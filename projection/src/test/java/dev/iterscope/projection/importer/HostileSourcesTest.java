package dev.iterscope.projection.importer;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sources that are larger than they look, have no end or are packed and cut.
class HostileSourcesTest {

    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void anEndlessLineIsSkippedAndCounted() throws IOException {
        Path log = folder.resolve("log");
        try (OutputStream out = Files.newOutputStream(log)) {
            out.write(Fixtures.resource("vllm.log"));
            byte[] part = new byte[MIB];
            Arrays.fill(part, (byte) 'I');
            for (int i = 0; i < 20; i++) {
                out.write(part);
            }
            out.write('\n');
            out.write(Fixtures.resource("vllm.log"));
        }

        Recording recording = Recordings.read(List.of(log));

        assertThat(count(recording, "line-too-long")).isEqualTo(1);
        assertThat(recording.iterations()).hasSize(12);
    }

    @Test
    void aBombOfZerosBehindALogIsOneLongLine() throws IOException {
        Path log = folder.resolve("log.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(log))) {
            out.write(Fixtures.resource("vllm.log"));
            byte[] zeros = new byte[MIB];
            for (int i = 0; i < 100; i++) {
                out.write(zeros);
            }
        }

        Recording recording = Recordings.read(List.of(log));

        assertThat(Files.size(log)).isLessThan(MIB);
        assertThat(recording.iterations()).hasSize(6);
        assertThat(count(recording, "line-too-long")).isEqualTo(1);
    }

    @Test
    void aBombInAnExportIsUnpackedOnlySoFar() throws Exception {
        byte[] export = Fixtures.all(folder).getOrDefault("nsys.sqlite", new byte[0]);
        Path bomb = folder.resolve("bomb.zst");
        try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(bomb))) {
            out.write(export);
            byte[] zeros = new byte[MIB];
            for (int i = 0; i < 300; i++) {
                out.write(zeros);
            }
        }

        Recording recording = Recordings.read(List.of(bomb));

        assertThat(recording.iterations()).hasSize(2);
        assertThat(count(recording, "source-broken")).isEqualTo(1);
    }

    @Test
    void aResultThatIsNestedOrNamedWithoutEndKeepsWhatCameBefore() throws IOException {
        // Nested deeper than any parser's stack, and a name without an end.
        for (String endless : List.of("[", "{\"a\":", "\"" + "x".repeat(1 << 16))) {
            Path file = folder.resolve("bench.json");
            Files.writeString(file, "{\"request_throughput\": 1, \"input_lens\": [1], \"itls\": " + endless.repeat(1 << 10));
            Recording recording = Recordings.read(List.of(file));

            assertThat(recording.requests()).singleElement().satisfies(request -> assertThat(request.promptTokens()).hasValue(1));
            assertThat(count(recording, "json-damaged")).isEqualTo(1);
        }
    }

    @Test
    void packedSourcesCutAnywhereKeepWhatCameBefore() throws Exception {
        Map<String, byte[]> fixtures = Fixtures.all(folder);
        for (String name : List.of("vllm.log.gz", "vllm.log.zst", "torch.json.gz", "nsys.sqlite.zst")) {
            byte[] whole = fixtures.getOrDefault(name, new byte[0]);
            Recording all = Recordings.read(List.of(Files.write(folder.resolve("whole"), whole)));
            int refused = 0;
            for (int length = whole.length - 1; length > 4; length -= Math.max(1, whole.length / 40)) {
                Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
                try {
                    Recording recording = Recordings.read(List.of(cut));
                    boolean warned = recording.warnings().stream()
                            .anyMatch(warning -> List.of("source-broken", "json-damaged", "recording-cut").contains(warning.code()));
                    // A cut check sum at the very end costs no record.
                    assertThat(warned || recording.kernels().equals(all.kernels())).as("%s at %d", name, length).isTrue();
                } catch (UserInputException e) {
                    assertThat(e).hasMessageNotContaining("\n");
                    refused++;
                }
            }
            // Zstandard unpacks whole blocks, of which the small export is one.
            assertThat(refused).as(name).isLessThan(name.startsWith("nsys") ? 41 : 40);
        }
    }

    @Test
    void nulBytesAndInvalidUtf8DoNotHideALine() throws IOException {
        String line = "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests, 8 context tokens,"
                + " 0 generation requests, 0 generation tokens, iteration elapsed time: 1.00 ms";
        byte[] text =
                ("\u00ff\u00fe\u0000 noise\n" + line + "\u0000\u00c3(\n\u0000\u0000" + line + "\n").getBytes(StandardCharsets.ISO_8859_1);

        assertThat(Recordings.read(List.of(Files.write(folder.resolve("log"), text))).iterations()).hasSize(2);
    }

    private static long count(Recording recording, String code) {
        return recording.warnings().stream().filter(warning -> warning.code().equals(code)).mapToLong(RecordingWarning::count).sum();
    }
}
