package dev.iterscope.projection.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.request.UserInputException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingsTest {

    private static final String LINE =
            "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests, 8 context tokens,"
                    + " 0 generation requests, 0 generation tokens, iteration elapsed time: 1.00 ms\n";

    @TempDir
    Path folder;

    @Test
    void saysInOneLineWhatIsWrongWithAFile() throws IOException {
        assertUnusable(folder.resolve("missing.jfr"), "no such file");
        assertUnusable(folder, "is a folder");
        assertUnusable(file("empty.jfr", new byte[0]), "is empty");
        assertUnusable(file("photo.jfr", new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0}),
                "a JPEG image");
        assertUnusable(file("report", "NVIDIA Tegra Profiler Report 1234".getBytes(StandardCharsets.UTF_8)),
                "nsys export --type sqlite -o");
        assertUnusable(file("capture.nsys-rep", new byte[] {7, 0, 1, 2, 3, 4}), "nsys export --type sqlite -o");
        assertUnusable(file("other.log", "nothing of interest\n".getBytes(StandardCharsets.UTF_8)), "no iteration line");
    }

    @Test
    void recognisesByContentWhateverTheNameAndThePacking() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(LINE.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(Recordings.read(List.of(file("server.jfr", packed.toByteArray()))).iterations()).hasSize(1);
    }

    private static void assertUnusable(Path path, String what) {
        assertThatThrownBy(() -> Recordings.read(List.of(path)))
                .isInstanceOfSatisfying(UserInputException.class, fault -> assertThat(fault.kind()).isEqualTo(Kind.INPUT))
                .hasMessageContaining(path.toString())
                .hasMessageContaining(what)
                .hasMessageNotContaining("\n");
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }
}
