package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A log named twice, under whatever name, weighs twice unless `--together` says that it is meant.
class TwiceNamedTest {
    @TempDir
    Path folder;

    private static String log(int firstSecond, int firstStep, int steps, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < steps; i++) {
            int second = firstSecond + i;
            text.append(String.format(Locale.ROOT,
                    "(EngineCore pid=7) INFO 01-02 %02d:%02d:%02d [core.py:1] Iteration(%d): %d context requests,"
                            + " %d context tokens, %d generation requests, %d generation tokens, iteration elapsed time: %.2f ms%n",
                    second / 3600, second / 60 % 60, second % 60, firstStep + i, 1 + random.nextInt(3), 100 + random.nextInt(900),
                    i % 16, i % 16, 900 + 50 * random.nextDouble()));
        }
        return text.toString();
    }

    @BeforeEach
    void writeLogs() throws IOException {
        Path log = Files.writeString(folder.resolve("a.log"), log(10, 1, 120, 7));
        Files.copy(log, folder.resolve("copy.log"));
        Files.createSymbolicLink(folder.resolve("link.log"), log);
        Files.writeString(folder.resolve("crlf.log"), Files.readString(log).replace("\n", "\r\n"));
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("a.log.gz")))) {
            Files.copy(log, out);
        }
        assertThat(Cli.run("import", log.toString(), "-o", folder.resolve("imported.jfr").toString()).code()).isZero();
        Files.writeString(folder.resolve("rotated.log"), log(130, 121, 120, 8));
        Files.writeString(folder.resolve("repeated.log"), log(8000, 1, 120, 9));
    }

    private Cli run(String command, String other, String... more) {
        String[] args = new String[3 + more.length];
        args[0] = command;
        args[1] = folder.resolve("a.log").toString();
        args[2] = folder.resolve(other).toString();
        System.arraycopy(more, 0, args, 3, more.length);
        return Cli.run(args);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.log", "copy.log", "link.log", "crlf.log", "a.log.gz", "imported.jfr"})
    void oneLogUnderTwoNamesIsRefused(String other) {
        for (String command : new String[] {"project", "sweep", "fit"}) {
            Cli cli = run(command, other);
            assertThat(cli.code()).as(command + cli.err()).isEqualTo(ExitCode.UNUSABLE_INPUT);
            assertThat(cli.err().lines()).singleElement().asString().containsAnyOf("is named twice", "holds the same as")
                    .contains("--together");
        }
        assertThat(run("project", other, "--together", "--draws", "0").code()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rotated.log", "repeated.log"})
    void rotatedAndRepeatedLogsAreTaken(String other) {
        Cli cli = run("project", other, "--draws", "0");
        assertThat(cli.code()).as(cli.err()).isZero();
    }

    @Test
    void aCopyIsNotComparedWithItself() {
        assertThat(run("compare", "copy.log").code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
    }
}
