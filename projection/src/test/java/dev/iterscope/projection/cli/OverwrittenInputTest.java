package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No command writes onto what it reads, under whatever name, and a report that fails leaves the old file.
class OverwrittenInputTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeInputs() throws IOException {
        for (String name : new String[] {"a.log", "b.log", "w.jsonl", "kinds.txt", "m.json", "profile/gemm.csv",
            "checkpoint/config.json"}) {
            Files.createDirectories(folder.resolve(name).resolveSibling("."));
            Files.writeString(folder.resolve(name), "content of " + name + "\n");
        }
        Files.createSymbolicLink(folder.resolve("soft.log"), Path.of("a.log"));
        Files.createLink(folder.resolve("hard.log"), folder.resolve("a.log"));
    }

    /// `@` stands for the folder. What the inputs hold is not looked at: the check comes first.
    @ParameterizedTest
    @ValueSource(strings = {
        "project @/a.log -o @/a.log",
        "project @/a.log -o @/profile/../a.log",
        "project @/a.log -o @/soft.log",
        "project @/a.log -o @/hard.log",
        "project @/soft.log -o @/hard.log",
        "project @/b.log @/a.log -o @/a.log",
        "project @/b.log --workload @/w.jsonl -o @/w.jsonl",
        "project @/b.log --kernel-kinds @/kinds.txt -o @/kinds.txt",
        "project @/b.log --kernel-model @/m.json --model tiny -o @/m.json",
        "project @/b.log --kernel-profile @/profile --model tiny -o @/profile/gemm.csv",
        "project @/b.log --kernel-model @/m.json --model tiny --device h100:@/profile -o @/profile/gemm.csv",
        "project @/b.log --model @/checkpoint/config.json -o @/checkpoint/config.json",
        "project @/b.log --model @/checkpoint -o @/checkpoint/config.json",
        "sweep @/a.log -o @/a.log",
        "explain @/a.log 1 -o @/a.log",
        "compare @/a.log @/b.log -o @/a.log",
        "compare @/a.log @/b.log -o @/b.log",
        "compare @/a.log,@/w.jsonl @/b.log -o @/w.jsonl",
        "fit @/a.log -o @/a.log",
        "fit @/a.log --write-model @/a.log",
        "fit @/a.log --evaluate @/b.log -o @/b.log",
        "fit @/a.log --evaluate @/b.log --predictions @/b.log",
        "fit @/a.log --evaluate @/b.log --predictions @/p.csv -o @/p.csv",
        "run --workload @/w.jsonl -o @/w.jsonl",
        "run --workload @/w.jsonl --record @/w.jsonl",
        "run --backend emulated --from @/a.log --record @/a.log",
        "run --record @/x.jfr -o @/x.jfr",
        "import @/a.log -o @/a.log",
        "export @/a.log --format csv --event iterscope.Iteration -o @/hard.log"})
    void whatIsReadIsNeverWritten(String line) throws IOException {
        Cli cli = Cli.run(line.replace("@", folder.toString()).split(" "));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().containsAnyOf("which would be lost", "is named by", "choose two files");
        for (String name : new String[] {"a.log", "b.log", "w.jsonl", "kinds.txt", "m.json", "profile/gemm.csv",
            "checkpoint/config.json"}) {
            assertThat(folder.resolve(name)).hasContent("content of " + name + "\n");
        }
        assertThat(folder.resolve("x.jfr")).doesNotExist();
    }

    @Test
    void whatIsNotReadMayBeReplaced() throws IOException {
        Path log = Files.writeString(folder.resolve("server.log"),
                "INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests, 8 context tokens, 0 generation requests,"
                        + " 0 generation tokens, iteration elapsed time: 1.00 ms\n");
        Path target = Files.writeString(folder.resolve("old.txt"), "before");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
        Path link = Files.createSymbolicLink(folder.resolve("link.txt"), target);

        assertThat(Cli.run("explain", log.toString(), "1", "-o", link.toString()).code()).isZero();

        assertThat(Files.readString(target)).startsWith("Iteration 1");
        assertThat(link).isSymbolicLink();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target))).isEqualTo("rw-------");
        assertThat(Cli.run("explain", log.toString(), "1", "-o", "/dev/null").code()).isZero();
    }

    @Test
    void aReportThatFailsLeavesTheOldFileAndThoseOfOthers() throws IOException {
        Path target = Files.writeString(folder.resolve("report.txt"), "before");
        Path other = Files.writeString(folder.resolve("report.txt.part"), "another's");
        assertThatThrownBy(() -> OutputFile.print(target, out -> {
            out.print("half");
            throw new UncheckedIOException(new IOException("the source broke off"));
        })).isInstanceOf(UserInputException.class).hasMessageContaining("the source broke off");
        assertThat(target).hasContent("before");
        assertThat(other).hasContent("another's");
        assertThat(folder).isDirectoryNotContaining("glob:**/report.txt.part2");
    }
}
