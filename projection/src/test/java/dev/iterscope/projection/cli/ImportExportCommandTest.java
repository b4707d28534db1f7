package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportExportCommandTest {

    @TempDir
    Path folder;

    private Path log = Path.of("");

    @BeforeEach
    void writeLog() throws IOException {
        log = Files.writeString(folder.resolve("server.log"),
                "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests,"
                        + " 8 context tokens, 0 generation requests, 0 generation tokens, iteration elapsed time: 1.00 ms\n");
    }

    @Test
    void importsALogAndExportsItInEveryForm() {
        Path recording = folder.resolve("server.jfr");
        Cli imported = Cli.run("import", log.toString(), "-o", recording.toString());
        assertThat(imported.code()).isZero();
        assertThat(imported.out()).contains("vllm-log, 1 iterations");

        Cli text = Cli.run("export", recording.toString(), "--format", "vllm-log");
        assertThat(text.code()).isZero();
        assertThat(text.out()).contains("Iteration(1): 1 context requests, 8 context tokens");

        Cli csv = Cli.run("export", recording.toString(), "--format", "csv", "--event", "iterscope.Iteration");
        assertThat(csv.out()).startsWith("startNanos,durationNanos,engine,iteration,");

        Cli trace = Cli.run("export", recording.toString(), "--format", "chrome-trace");
        assertThat(trace.out()).startsWith("{").contains("\"ph\":\"C\"");

        Cli parquet = Cli.run("export", recording.toString(), "--format", "parquet", "-o", folder.resolve("tables").toString());
        assertThat(parquet.code()).isZero();
        assertThat(folder.resolve("tables/iterscope.Iteration.parquet")).exists();
    }

    @Test
    void aNoteWhoseChunksAreGoneIsOneLine() throws IOException {
        Path note = Files.writeString(folder.resolve("run.jfr.unfinished"), "# run.jfr\n" + folder.resolve("gone") + "\n");
        Cli gone = Cli.run("import", note.toString(), "-o", folder.resolve("run.jfr").toString());
        assertThat(gone.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(gone.err().lines()).singleElement().asString().contains("run.jfr.unfinished", "names no folder with chunks");
        assertThat(folder.resolve("run.jfr")).doesNotExist();

        Path unflushed = Files.createDirectory(folder.resolve("repository"));
        Files.write(unflushed.resolve("2026_01_01_00_00_00.jfr"), new byte[40]);
        Cli empty = Cli.run("import", unflushed.toString(), "-o", folder.resolve("run.jfr").toString());
        assertThat(empty.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(empty.err().lines()).singleElement().asString().contains("before the first second");
        assertThat(folder.resolve("run.jfr")).doesNotExist();
    }

    @Test
    void saysInOneLineWhatIsWrong() throws IOException {
        Path jpeg = Files.write(folder.resolve("photo.jfr"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0, 1, 2});
        Cli wrong = Cli.run("import", jpeg.toString(), "-o", folder.resolve("x.jfr").toString());
        assertThat(wrong.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(wrong.err().lines()).hasSize(1);

        assertThat(Cli.run("export", log.toString(), "--format", "csv").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("export", log.toString(), "--format", "csv", "--event", "none").code()).isEqualTo(ExitCode.USAGE);
        Cli unwritable = Cli.run("import", log.toString(), "-o", folder.resolve("missing/x.jfr").toString());
        assertThat(unwritable.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(unwritable.err().lines()).hasSize(1);
    }

    @Test
    void anUnknownFormatIsAnsweredWithEachKnownOneOnce() {
        Cli export = Cli.run("export", log.toString(), "--format", "xml");
        assertThat(export.code()).isEqualTo(ExitCode.USAGE);
        assertThat(export.err().lines()).singleElement().asString()
                .contains("'--format'", "'xml' is none of csv, parquet, vllm-log, chrome-trace;").doesNotContain("CSV");
        Cli report = Cli.run("project", log.toString(), "--format", "xml");
        assertThat(report.code()).isEqualTo(ExitCode.USAGE);
        assertThat(report.err().lines()).singleElement().asString().contains("'xml' is none of text, json, csv, html;");
        assertThat(Cli.run("export", log.toString(), "--format", "VLLM_LOG").code()).isZero();
    }

    @Test
    void aRunThatIsInterruptedLeavesNoHalfFile() throws Exception {
        Path target = folder.resolve("x.csv");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), EndlessOutput.class.getName(), target.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = process.inputReader()) {
            assertThat(said.readLine()).isEqualTo("half");
            assertThat(folder.resolve("x.csv.part")).exists();
            // The JVM treats SIGTERM, which Java can send, as it treats SIGINT.
            process.toHandle().destroy();
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(folder).isDirectoryNotContaining(file -> file.getFileName().toString().startsWith("x.csv"));
    }

    /// Writes one half of a file and never the other.
    static final class EndlessOutput {
        private EndlessOutput() {}

        /// Its argument is the file.
        public static void main(String[] args) {
            OutputFile.writeText(Path.of(args[0]), to -> {
                to.write("half");
                to.flush();
                System.out.println("half");
                LockSupport.park();
            });
        }
    }

    @Test
    void aSourceThatCannotBeReadIsOneLine() throws IOException {
        Path named = Files.createDirectory(folder.resolve("run-of-today.jfr"));
        Files.writeString(named.resolve("anything.txt"), "any");
        refused("run-of-today.jfr", "import", named.toString(), "-o", folder.resolve("x.jfr").toString());
        assertThat(Faults.reason(new AccessDeniedException("server.log"))).isEqualTo("server.log: not readable; check its permissions");
    }

    @Test
    void whatIsReadIsNeverOverwritten() throws IOException {
        byte[] before = Files.readAllBytes(log);
        refused("is also the source", "import", log.toString(), "-o", folder.resolve("./server.log").toString());
        refused("is also the source", "export", log.toString(), "--format", "vllm-log", "-o", log.toString());
        assertThat(log).hasBinaryContent(before);
    }

    @Test
    void aFileThatCannotBeWrittenIsSaidInOneLineAndNotLeftHalf() throws IOException {
        refused("no folder", "import", log.toString(), "-o", folder.resolve("missing/x.jfr").toString());
        refused("is a folder", "import", log.toString(), "-o", folder.toString());
        refused("no folder", "export", log.toString(), "--format", "chrome-trace", "-o", folder.resolve("missing/x.json").toString());
        Path noFolder = Files.createFile(folder.resolve("tables"));
        refused("is no folder", "export", log.toString(), "--format", "csv", "-o", noFolder.toString());
        Path target = Files.writeString(folder.resolve("x.csv"), "before");
        assertThatThrownBy(() -> OutputFile.writeText(target, to -> {
            to.write("half");
            throw new IOException("the disk is full");
        })).isInstanceOf(UserInputException.class).hasMessageContaining("the disk is full");
        assertThat(target).hasContent("before");
        assertThat(folder).isDirectoryNotContaining(file -> file.toString().endsWith(".part"));
    }

    @Test
    void aSourceThatIsNoneIsSaidInOneLine() throws IOException {
        refused("no such file", "import", folder.resolve("missing.log").toString(), "-o", folder.resolve("x.jfr").toString());
        refused("is a folder", "export", folder.toString(), "--format", "vllm-log", "-o", folder.resolve("x.jfr").toString());
        Path empty = Files.createFile(folder.resolve("empty.log"));
        refused("is empty", "import", empty.toString(), "-o", folder.resolve("x.jfr").toString());
        Path report = Files.writeString(folder.resolve("capture.nsys-rep"), "any");
        refused("nsys export --type sqlite", "import", report.toString(), "-o", folder.resolve("x.jfr").toString());
        Path cut = Files.write(folder.resolve("cut.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0});
        refused("damaged compressed file, not a recording; copy it again", "import", cut.toString(), "-o",
                folder.resolve("x.jfr").toString());
    }

    private void refused(String what, String... args) {
        Cli refused = Cli.run(args);
        assertThat(refused.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(refused.err().lines()).singleElement().asString().contains(what);
        assertThat(folder.resolve("x.jfr")).doesNotExist();
    }
}
