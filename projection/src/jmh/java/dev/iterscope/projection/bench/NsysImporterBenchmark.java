package dev.iterscope.projection.bench;

import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Reading an SQLite export of Nsight Systems with a million kernels and the million calls that launched them; the first reading of a
/// JVM counts, since a command reads once.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 0)
@Measurement(iterations = 3)
public class NsysImporterBenchmark {

    private static final int KERNELS = 1_000_000;

    private Path export = Path.of("");

    /// Writes the export.
    @Setup
    public void prepare() throws IOException, SQLException {
        export = Files.createTempFile("iterscope-bench", ".sqlite");
        MadeUpCapture.write(export, KERNELS, 3);
    }

    /// Removes it.
    @TearDown
    public void remove() throws IOException {
        Files.deleteIfExists(export);
    }

    /// Reads it: ranges, calls, kernels, and which belongs to which.
    @Benchmark
    public Recording readNsys() {
        return Recordings.read(List.of(export));
    }
}
