package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The compiled kernels that are checked in belong to the sources beside them, and keep within a multiprocessor's means.
class KernelImagesTest {
    /// Version of nvcc that made what is checked in.
    private static final String COMPILER = "V13.0.88";
    private static final Pattern COMPILED = Pattern.compile(
            "Compiling entry function '(\\w+)'.*?(\\d+) bytes spill stores, (\\d+) bytes spill loads.*?Used (\\d+) registers[^\\n]*",
            Pattern.DOTALL);
    private static final Pattern STATIC_SHARED = Pattern.compile("(\\d+) bytes smem");

    static List<String> sources() {
        return KernelImages.SOURCES;
    }

    @Test
    void everySourceIsShipped() throws IOException {
        try (Stream<Path> files = Files.list(HostCompiler.KERNELS)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".cu")))
                    .containsExactlyInAnyOrderElementsOf(KernelImages.SOURCES.stream().map(source -> source + ".cu").toList());
        }
    }

    @Test
    void imagesWereMadeFromTheseSources() throws IOException {
        Map<String, String> expected = new TreeMap<>();
        try (Stream<Path> files = Files.list(HostCompiler.KERNELS)) {
            files.filter(file -> file.toString().matches(".*\\.cuh?"))
                    .forEach(file -> expected.put(file.getFileName().toString(), sha256(file)));
        }
        Map<String, String> recorded = new TreeMap<>();
        for (String line : resource("sources.sha256").lines().toList()) {
            recorded.put(line.substring(66), line.substring(0, 64));
        }

        assertThat(recorded).as("run engine/src/main/cuda/build.sh and check the results in").isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sm_80/.cubin", "sm_90/.cubin", "ptx/.ptx"})
    void everyImageHoldsItsKernels(String kind) {
        KernelImages images = new KernelImages(kind.substring(0, kind.indexOf('/')), kind.substring(kind.indexOf('/') + 1));
        for (String source : KernelImages.SOURCES) {
            String text = new String(images.read(source), StandardCharsets.ISO_8859_1);
            for (int headDim : ModelShape.HEAD_DIMS) {
                assertThat(KernelImages.kernels(source, headDim)).allSatisfy(kernel -> assertThat(text).contains(kernel));
            }
        }
    }

    @Test
    void aDeviceGetsWhatItCanRun() {
        assertThat(KernelImages.choose(device(8, 0), 13000).folder()).isEqualTo("sm_80");
        assertThat(KernelImages.choose(device(8, 9), 13010).folder()).isEqualTo("sm_80");
        assertThat(KernelImages.choose(device(9, 0), 13000).folder()).isEqualTo("sm_90");
        assertThat(KernelImages.choose(device(10, 0), 13000).folder()).as("no cubin for it").isEqualTo("ptx");
        assertThat(KernelImages.choose(device(9, 0), 12040).folder()).as("a driver older than the toolkit").isEqualTo("ptx");
    }

    /// Shared memory that a block may ask for on the smallest of the supported devices (compute capability 8.6 and 8.9: 99 KiB).
    @Test
    void sharedMemoryFitsEveryDevice() {
        int most = 99 * 1024;
        for (int headDim : ModelShape.HEAD_DIMS) {
            assertThat(Kernels.contextSharedBytes(headDim)).isLessThanOrEqualTo(most);
            assertThat(Kernels.tileSharedBytes(headDim)).isLessThanOrEqualTo(most);
        }
        for (TileGemm.Tile tile : TileGemm.Tile.values()) {
            assertThat(tile.sharedBytes()).isLessThanOrEqualTo(most);
        }
    }

    /// Compiled as build.sh does it, and with its version of nvcc to the very bytes that are checked in.
    @ParameterizedTest
    @MethodSource("sources")
    void everySourceCompilesAloneToWhatIsShippedWithoutSpills(String source, @TempDir Path folder) {
        HostCompiler.assumeTool("nvcc");
        boolean sameCompiler = HostCompiler.run(List.of("nvcc", "--version")).output().contains(COMPILER);
        for (String architecture : List.of("sm_80", "sm_90")) {
            Path cubin = folder.toAbsolutePath().resolve("out.cubin");
            // in the sources' folder, as build.sh does it: a cubin holds the name of its source
            HostCompiler.Result result = HostCompiler.run(
                    List.of("nvcc", "-std=c++17", "-arch=" + architecture, "-Xptxas", "-v", "-I", ".", "-cubin", "-o", cubin.toString(),
                            source + ".cu"),
                    HostCompiler.KERNELS);

            assertThat(result.exitCode()).as(result.output()).isZero();
            assertWithinLimits(architecture, result.output());
            if (sameCompiler) {
                assertThat(new KernelImages(architecture, ".cubin").read(source))
                        .as("run engine/src/main/cuda/build.sh and check the results in")
                        .startsWith(bytes(cubin));
            }
        }
    }

    private static void assertWithinLimits(String architecture, String output) {
        List<MatchResult> kernels = COMPILED.matcher(output).results().toList();
        assertThat(kernels).as(output).isNotEmpty();
        for (MatchResult kernel : kernels) {
            String name = kernel.group(1) + " on " + architecture;
            assertThat(kernel.group(2)).as("%s spills", name).isEqualTo("0");
            assertThat(kernel.group(3)).as("%s reads spills", name).isEqualTo("0");
            assertThat(Integer.parseInt(kernel.group(4))).as("registers of %s", name)
                    .isLessThanOrEqualTo(mostRegisters(kernel.group(1)));
            STATIC_SHARED.matcher(kernel.group()).results().forEach(shared -> assertThat(Integer.parseInt(shared.group(1)))
                    .as("static shared memory of %s", name)
                    .isLessThanOrEqualTo(48 * 1024));
        }
    }

    /// Registers with which as many blocks share a multiprocessor's 65536 as the kernel is laid out for.
    private static int mostRegisters(String kernel) {
        if (kernel.startsWith("gemm_128x128")) {
            return 128; // two blocks of 256 threads
        }
        if (kernel.startsWith("attention_context")) {
            return 255; // two blocks of 128 threads; shared memory allows no more
        }
        if (kernel.startsWith("attention_generation")) {
            return 255; // three warps; shared memory allows no more
        }
        return 128;
    }

    private static CudaDevice device(int major, int minor) {
        return new CudaDevice(0, "device", major, minor, 0, 1, 1, 1, 1, 1, "");
    }

    private static String resource(String name) {
        try (InputStream in = KernelImages.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
