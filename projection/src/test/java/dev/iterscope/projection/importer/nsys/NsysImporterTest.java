package dev.iterscope.projection.importer.nsys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.export.jfr.JfrWriter;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.KernelKind;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.recording.Timing.Basis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NsysImporterTest {

    private static final long WORKER = NsysFixture.thread(20, 21);
    private static final String GEMM = "nvjet_tst_192x192_64x4_2x1_v_bz_coopB_bias_TNN";
    private static final String FLASH = "void flash::flash_fwd_kernel<Traits<(int)128>, (bool)0>(flash::Flash_fwd_params)";

    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = folder.resolve("a capture, #1?.sqlite");
    }

    /// Blocks of 16: one sequence of 33 tokens, then two of 32 and 60, then two of 32 and 63.
    @Test
    void ourMarksTellTheBlockSizeWhereTheirStepsLeaveOne() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            ours(nsys, 1, "kv=3/1000 0.3% held=33 run=1");
            ours(nsys, 2, "kv=6/1000 0.6% held=92 run=2");
            ours(nsys, 3, "kv=6/1000 0.6% held=95 run=2");
        }
        Recording recording = Recordings.read(List.of(file));

        assertThat(recording.settings().blockSize()).hasValue(16);
        assertThat(recording.settings().kvCapacityTokens()).hasValue(16_000);
        assertThat(recording.warnings()).extracting(RecordingWarning::code).doesNotContain("block-size-unknown");
    }

    @Test
    void ourMarksBoundTheBlockSizeOtherwise() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            ours(nsys, 1, "kv=3/1000 0.3% held=40 run=1");
        }
        Recording recording = Recordings.read(List.of(file));

        assertThat(recording.settings().blockSize()).isEmpty();
        assertThat(recording.warnings()).anySatisfy(
                warning -> assertThat(warning.message()).contains("bound the block size to 14 to 19; give --block-size"));
        assertThat(recording.warnings()).extracting(RecordingWarning::code).contains("first-steps-alone").doesNotContain("cold-steps");
    }

    private static void ours(NsysFixture nsys, int number, String usage) throws SQLException {
        nsys.range(WORKER, number * 1000L, number * 1000L + 500,
                "iter=" + number + " ctx=0/0 gen=1/1 " + usage + " wait=0 preempt=0");
    }

    @Test
    void attributesKernelsToTheStepThatLaunchedThemAndTimesStepsByTheDevice() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).modern().epoch(1_000_000_000_000L)) {
            // Two steps are launched while the device still works on the first.
            nsys.range(WORKER, 100, 200, "execute_context_1(888)_generation_0(0)");
            nsys.range(WORKER, 300, 400, "execute_context_0(0)_generation_2(2)");
            long first = nsys.call(WORKER, 110, "cudaLaunchKernel_v7000");
            long second = nsys.call(WORKER, 120, "cudaLaunchKernel_v7000");
            long third = nsys.call(WORKER, 310, "cudaLaunchKernel_v7000");
            long copy = nsys.call(WORKER, 390, "cudaMemcpyAsync_v3020");
            nsys.kernel(WORKER, first, 150, 500, GEMM).kernel(WORKER, second, 500, 700, FLASH);
            nsys.kernel(WORKER, third, 700, 900, FLASH).copy(WORKER, copy, 900, 910, 64);
        }
        Recording recording = Recordings.read(List.of(file));

        assertThat(recording.source()).isEqualTo("nsys");
        assertThat(recording.kernels()).extracting(KernelRecord::name)
                .containsExactly(GEMM, "flash::flash_fwd_kernel<Traits<(int)128>, (bool)0>",
                        "flash::flash_fwd_kernel<Traits<(int)128>, (bool)0>",
                        "Memcpy DtoH");
        assertThat(recording.kernels()).extracting(kernel -> kernel.iteration().orElse(-1)).containsExactly(0L, 0L, 1L, 1L);
        assertThat(recording.kernels()).extracting(KernelRecord::kind).containsExactly(
                KernelKind.GEMM, KernelKind.CONTEXT_ATTENTION, KernelKind.GENERATION_ATTENTION, KernelKind.COPY);
        assertThat(recording.kernels().getFirst().startNanos()).hasValue(1_000_000_000_150L);
        assertThat(recording.kernels().getLast().bytes()).hasValue(64);

        Iteration context = recording.iterations().getFirst();
        Iteration generation = recording.iterations().getLast();
        assertThat(context.contextTokens()).isEqualTo(888);
        assertThat(generation.generationRequests()).isEqualTo(2);
        // The first kernel waited 40 in the queue behind work that the capture does not show.
        assertThat(context.startNanos()).hasValue(1_000_000_000_140L);
        assertThat(context.ownNanos()).hasValue(700 - 140);
        assertThat(generation.ownNanos()).hasValue(910 - 700);
        assertThat(generation.detail().flatMap(IterationDetail::graphMode)).hasValue("none");
        assertThat(recording.timing().basis()).isEqualTo(Basis.STEP);
    }

    @Test
    void equalCorrelationNumbersOfTwoProcessesAreDifferentLaunches() throws Exception {
        long other = NsysFixture.thread(30, 31);
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            nsys.range(WORKER, 100, 200, "execute_context_1(10)_generation_0(0)").range(other, 100, 200,
                    "execute_context_0(0)_generation_3(3)");
            nsys.call(WORKER, 110, "cudaLaunchKernel_v7000", 7);
            nsys.call(other, 110, "cudaLaunchKernel_v7000", 7);
            nsys.kernel(WORKER, 7, 120, 130, GEMM).kernel(other, 7, 120, 140, GEMM);
        }
        Recording recording = Recordings.read(List.of(file));
        assertThat(recording.iterations()).extracting(Iteration::engine).containsExactly(0, 1);
        assertThat(recording.kernels()).extracting(KernelRecord::engine).containsExactly(0, 1);
    }

    @Test
    void ranksThatShowTheSameStepsAreOneEngine() throws Exception {
        long other = NsysFixture.thread(30, 31);
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            for (int i = 0; i < 5; i++) {
                for (long thread : new long[] {WORKER, other}) {
                    long at = 1000L * i + (thread == other ? 7 : 0);
                    nsys.range(thread, at, at + 500, "execute_context_0(0)_generation_" + (9 + i) + "(" + (9 + i) + ")");
                    nsys.kernel(thread, nsys.call(thread, at + 10, "cudaLaunchKernel"), at + 20, at + 600, GEMM);
                }
            }
        }
        Recording recording = Recordings.read(List.of(file));
        assertThat(recording.iterations()).hasSize(5).allSatisfy(step -> assertThat(step.engine()).isZero());
        assertThat(recording.iterations().getFirst().endNanos()).hasValue(607);
        assertThat(recording.kernels()).hasSize(10).allSatisfy(kernel -> assertThat(kernel.iteration()).isPresent());
        assertThat(codes(recording)).contains("ranks-taken-as-one");
    }

    @Test
    void ourEnginesRangesAndMarksAreOneStepWithAllThatTheyKnow() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            nsys.range(WORKER, 100, 200, "execute_context_0(0)_generation_50(50)").range(WORKER, 110, 190, "generation");
            nsys.mark(WORKER, 111, "iter=188 ctx=0/0 gen=50/50 kv=3500/68959 5.1% held=54210 run=50 wait=3 preempt=1");
            // As it is where only the domain "iterscope" was captured, and on a virtual thread.
            nsys.event(60, WORKER, 300, 400, "mixed");
            nsys.mark(NsysFixture.thread(20, 99), 301, "iter=189 ctx=1/16 gen=50/50 kv=3501/68959 5.1% held=54276 run=51 wait=2 preempt=0");
            nsys.range(WORKER, 320, 330, "layer 7");
            nsys.kernel(WORKER, nsys.call(WORKER, 325, "cudaLaunchKernel"), 330, 380, GEMM);
        }
        Recording recording = Recordings.read(List.of(file));
        assertThat(recording.iterations()).extracting(step -> step.number().orElse(-1)).containsExactly(188L, 189L);
        Iteration step = recording.iterations().getFirst();
        assertThat(step.kv().orElseThrow().blocksUsed()).hasValue(3500);
        assertThat(step.kv().orElseThrow().tokensHeld()).hasValue(54_210);
        assertThat(step.waitingRequests()).hasValue(3);
        assertThat(step.preemptions()).hasValue(1);
        assertThat(recording.iterations().getLast().contextTokens()).isEqualTo(16);
        assertThat(recording.kernels()).singleElement().satisfies(kernel -> {
            assertThat(kernel.iteration()).hasValue(189);
            assertThat(kernel.layer()).hasValue(7);
        });
    }

    @Test
    void saysHowToCaptureAgainWhereGraphsHideTheKernels() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            nsys.range(WORKER, 100, 200, "execute_context_0(0)_generation_4(4)");
            nsys.graph(WORKER, nsys.call(WORKER, 110, "cudaGraphLaunch_v10000"), 120, 900);
        }
        Recording recording = Recordings.read(List.of(file));
        assertThat(recording.iterations().getFirst().ownNanos()).hasValue(790);
        assertThat(recording.iterations().getFirst().detail().flatMap(IterationDetail::graphMode)).hasValue("full");
        assertThat(recording.kernels()).extracting(KernelRecord::kind).containsExactly(KernelKind.GRAPH);
        assertThat(message(recording, "cuda-graphs-hidden")).contains("--cuda-graph-trace=node");
    }

    @Test
    void readsAnOldExportWithFewerColumns() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).old()) {
            nsys.range(WORKER, 100, 200, "execute_context_1(5)_generation_0(0)");
            nsys.kernel(WORKER, nsys.call(WORKER, 110, "cudaLaunchKernel"), 120, 180, GEMM);
        }
        Recording recording = Recordings.read(List.of(file));
        assertThat(recording.kernels()).singleElement().satisfies(kernel -> assertThat(kernel.iteration()).hasValue(0));
    }

    @Test
    void rangesWithoutDeviceWorkGiveNoTimesForAGpuEngine() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            nsys.range(WORKER, 100, 200, "execute_context_1(5)_generation_0(0)");
        }
        Recording recording = Recordings.read(List.of(file));
        assertThat(recording.iterations().getFirst().ownNanos()).isEmpty();
        assertThat(recording.timing().basis()).isEqualTo(Basis.UNUSABLE);
        assertThat(message(recording, "device-times-missing")).contains("--trace=cuda,nvtx");
    }

    @Test
    void nothingOfTheEnvironmentGoesIntoARecordingAndTheExportStaysAsItIs() throws Exception {
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            nsys.range(WORKER, 100, 200, "execute_context_1(5)_generation_0(0)").range(WORKER, 120, 130,
                    "load /home/" + NsysFixture.SECRET);
            nsys.kernel(WORKER, nsys.call(WORKER, 110, "cudaLaunchKernel"), 120, 180, GEMM);
        }
        byte[] before = Files.readAllBytes(file);
        Path written = folder.resolve("out.jfr");
        JfrWriter.write(Recordings.read(List.of(file)), written);
        assertThat(Files.readString(written, StandardCharsets.ISO_8859_1)).contains(GEMM).doesNotContain(NsysFixture.SECRET);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(file, written);
        }
    }

    /// The reference is the query that the format's description gives, run by SQLite.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void attributionAgreesWithSql(long seed) throws Exception {
        Random random = new Random(seed);
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            for (int thread = 0; thread < 3; thread++) {
                long tid = NsysFixture.thread(20 + thread, 40 + random.nextInt(3));
                for (long at = random.nextInt(50), i = 0; i < 60; i++, at += 40 + random.nextInt(30)) {
                    nsys.range(tid, at, at + random.nextInt(40), "execute_context_" + thread + "(" + i + ")_generation_1(" + i + ")");
                }
                for (int i = 0; i < 200; i++) {
                    long number = nsys.call(tid, random.nextInt(3600), "cudaLaunchKernel", i);
                    long start = random.nextInt(10_000);
                    nsys.kernel(tid, number, start, start + random.nextInt(100), "gemm_" + thread + "_" + i);
                }
            }
        }
        Map<String, String> expected = new HashMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            // A call on the very moment at which a range ends belongs to what comes after it.
            ResultSet rows = statement.executeQuery("SELECT s.value, (SELECT n.text FROM NVTX_EVENTS n WHERE n.globalTid = r.globalTid AND"
                    + " n.eventType = 59 AND n.start <= r.start AND n.\"end\" > r.start ORDER BY n.start DESC LIMIT 1)"
                    + " FROM CUPTI_ACTIVITY_KIND_KERNEL k JOIN CUPTI_ACTIVITY_KIND_RUNTIME r ON r.correlationId = k.correlationId AND"
                    + " (r.globalTid & ~0xFFFFFF) = k.globalPid JOIN StringIds s ON s.id = k.demangledName");
            while (rows.next()) {
                expected.put(rows.getString(1), String.valueOf(rows.getString(2)));
            }
        }
        Recording recording = Recordings.read(List.of(file));
        Map<String, String> steps = recording.iterations().stream().collect(Collectors.toMap(
                step -> step.engine() + "#" + step.number().orElse(-1),
                step -> "execute_context_" + step.contextRequests() + "(" + step.contextTokens() + ")_generation_1("
                        + step.generationTokens()
                        + ")"));
        Map<String, String> found = recording.kernels().stream().collect(Collectors.toMap(
                KernelRecord::name,
                kernel -> kernel.iteration().isEmpty() ? "null" : steps.get(kernel.engine() + "#" + kernel.iteration().getAsLong())));
        assertThat(found).as("seed %d", seed).isEqualTo(expected);
    }

    @Test
    void aCutExportYieldsWhatStandsBeforeTheCut() throws Exception {
        int kernels = 4000;
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            for (int i = 0; i < kernels; i++) {
                nsys.kernel(WORKER, i, 10L * i, 10L * i + 5, GEMM);
            }
        }
        byte[] whole = Files.readAllBytes(file);
        Path cut = folder.resolve("cut.sqlite");
        List<Integer> found = new ArrayList<>();
        for (int length = 1; length <= whole.length; length += 1777) {
            Files.write(cut, Arrays.copyOf(whole, length));
            try {
                Recording recording = Recordings.read(List.of(cut));
                found.add(recording.kernels().size());
                assertThat(recording.kernels()).isSortedAccordingTo((a, b) -> Long.compare(start(a), start(b)));
                assertThat(codes(recording)).contains("recording-cut").doesNotContain("row-damaged");
            } catch (UserInputException e) {
                found.add(0);
            }
        }
        assertThat(found).isSorted();
        assertThat(found.getLast()).isGreaterThan(kernels * 9 / 10);
    }

    @Test
    void tellsOtherDatabasesAndReportsFromExports() throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE bookmarks (url TEXT)");
        }
        assertThatThrownBy(() -> Recordings.read(List.of(file))).isInstanceOf(UserInputException.class).hasMessageContaining("no export");
        Path report = Files.writeString(folder.resolve("capture"), "NVIDIA Tegra Profiler Report 2023@4@4");
        assertThatThrownBy(() -> Recordings.read(List.of(report))).isInstanceOf(UserInputException.class)
                .hasMessageContaining("nsys export --type sqlite");
    }

    @Test
    void readsARealCaptureThatIsNoEngine() throws IOException, SQLException {
        Recording recording = Recordings.read(List.of(SharedData.file("nsys/h100-2gpu.sqlite")));
        assertThat(recording.iterations()).isEmpty();
        assertThat(recording.kernels()).hasSize(4010 + 1020 + 269);
        assertThat(recording.kernels().stream().mapToLong(KernelRecord::timeNanos).filter(time -> time < 0)).isEmpty();
        assertThat(codes(recording)).contains("no-step-ranges", "kernels-other");
        // 2026-05-26T07:58:50 is when the session started; the window of the excerpt begins 31.86 s later.
        assertThat(recording.kernels().stream().mapToLong(kernel -> start(kernel)).min().orElse(0) / 1_000_000_000)
                .isEqualTo(1_779_782_330L + 32);
    }

    private static long start(KernelRecord kernel) {
        return kernel.startNanos().orElse(-1);
    }

    private static List<String> codes(Recording recording) {
        return recording.warnings().stream().map(RecordingWarning::code).toList();
    }

    private static String message(Recording recording, String code) {
        return recording.warnings().stream().filter(warning -> warning.code().equals(code)).findFirst().orElseThrow().message();
    }
}
