package dev.iterscope.projection.importer.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.KernelKind;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.recording.Timing.Basis;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchTraceImporterTest {

    /// The epoch's time when the fixture's clock stands at 0.
    private static final long BASE = 1_767_189_312_000_000_000L;

    @TempDir
    Path folder;

    @Test
    void readsStepsAndTimesThemByTheDevice() throws IOException {
        Recording recording = read(TorchFixture.vllm().bytes());

        assertThat(recording.source()).isEqualTo("torch-trace");
        assertThat(recording.settings().engineName()).contains("vllm");
        assertThat(recording.iterations()).hasSize(2);
        Iteration first = recording.iterations().getFirst();
        assertThat(first.contextRequests()).isEqualTo(1);
        assertThat(first.contextTokens()).isEqualTo(10);
        assertThat(first.generationRequests()).isEqualTo(3);
        // Its first kernel waited for earlier work: 10 µs lie between the range's begin and the launch, so the step began 10 µs before it.
        assertThat(first.startNanos()).hasValue(BASE + 990_250);
        assertThat(first.endNanos()).hasValue(BASE + 1_420_250);
        IterationDetail detail = first.detail().orElseThrow();
        assertThat(detail.paddedTokens()).hasValue(16);
        assertThat(detail.contextKvTokens()).hasValue(2);
        assertThat(detail.contextAttentionPairs()).hasValue(10 * 2 + 55);
        assertThat(detail.generationKvTokens()).hasValue(87);
        assertThat(detail.graphMode()).contains("none");
        Iteration second = recording.iterations().getLast();
        assertThat(second.startNanos()).hasValue(BASE + 1_490_000);
        assertThat(second.endNanos()).hasValue(BASE + 1_600_000);
        assertThat(second.detail().orElseThrow().graphMode()).contains("full");
        assertThat(recording.timing().basis()).isEqualTo(Basis.STEP);
    }

    @Test
    void readsKernelsCopiesAndGraphs() throws IOException {
        Recording recording = read(TorchFixture.vllm().bytes());

        assertThat(recording.kernels()).extracting(KernelRecord::kind).containsExactly(
                KernelKind.GEMM, KernelKind.GENERATION_ATTENTION, KernelKind.GEMM, KernelKind.OTHER, KernelKind.COPY);
        assertThat(recording.kernels()).extracting(kernel -> kernel.iteration().orElse(-1)).containsExactly(0L, 1L, 1L, -1L, 0L);
        KernelRecord gemm = recording.kernels().getFirst();
        assertThat(gemm.name()).isEqualTo("cutlass::gemm_kernel<int>");
        assertThat(gemm.startNanos()).hasValue(BASE + 1_000_250);
        assertThat(gemm.timeNanos()).isEqualTo(400_000);
        assertThat(gemm.device()).hasValue(1);
        assertThat(gemm.stream()).hasValue(7);
        assertThat(recording.kernels().getLast().bytes()).hasValue(4096);
        assertThat(recording.devices()).singleElement().satisfies(device -> {
            assertThat(device.name()).isEqualTo("NVIDIA H200");
            assertThat(device.memoryBytes()).hasValue(150_754_820_096L);
        });
        assertThat(warnings(recording, "kernels-without-launch")).isEqualTo(1);
        assertThat(recording.toString()).doesNotContain("secret");
    }

    @Test
    void readsSglangsAnnotationsAndPackedTraces() throws IOException {
        TorchFixture trace = new TorchFixture()
                .annotation(5, 100, 50, "step[EXTEND bs=15 toks=15360]")
                .call(5, 110, "cudaLaunchKernel", 1)
                .kernel(120, 300, "void flashinfer::BatchPrefillWithPagedKVCacheKernel", 1)
                .annotation(5, 500, 20, "step[DECODE bs=32]")
                .call(5, 505, "cudaGraphLaunch", 2)
                .kernel(510, 80, "void flashinfer::BatchDecodeWithPagedKVCacheKernel", 2)
                .annotation(5, 600, 20, "step[MIXED bs=33]");
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(trace.bytes());
        }

        Recording recording = read(packed.toByteArray());

        assertThat(recording.settings().engineName()).contains("sglang");
        assertThat(recording.iterations()).extracting(Iteration::contextTokens).containsExactly(15_360, 0);
        assertThat(recording.iterations()).extracting(Iteration::generationTokens).containsExactly(0, 32);
        assertThat(recording.iterations()).extracting(step -> step.ownNanos().orElseThrow()).containsExactly(310_000L, 85_000L);
        assertThat(warnings(recording, "step-undivided")).isEqualTo(1);
    }

    @Test
    void saysWhatATraceLacks() throws IOException {
        Recording withoutSteps = read(new TorchFixture().call(5, 1, "cudaLaunchKernel", 1).kernel(3, 4, "gemm", 1).bytes());
        assertThat(warnings(withoutSteps, "no-step-ranges")).isEqualTo(1);
        Recording withoutDevice = read(new TorchFixture().annotation(5, 1, 2, "step[DECODE bs=3]").bytes());
        assertThat(warnings(withoutDevice, "no-device-work")).isEqualTo(1);
        assertThat(withoutDevice.iterations().getFirst().ownNanos()).as("the host's range is not the step's time").isEmpty();
        assertThat(withoutDevice.timing().basis()).isEqualTo(Basis.UNUSABLE);
    }

    @Test
    void readsTheBareArray() throws IOException {
        String text = new String(TorchFixture.vllm().bytes(), StandardCharsets.UTF_8);
        String array = text.substring(text.indexOf('[', text.indexOf("traceEvents")), text.lastIndexOf(']') + 1)
                .replace("\"ts\": 100.0,", "\"ts\": \"?\",");

        Recording recording = read(array.getBytes(StandardCharsets.UTF_8));

        assertThat(recording.iterations()).extracting(Iteration::contextTokens).containsExactly(0);
        assertThat(recording.iterations().getFirst().startNanos()).as("no base").hasValue(1_490_000);
    }

    @Test
    void keepsWhatIsGoodAroundDamagedValues() throws IOException {
        TorchFixture trace = TorchFixture.vllm()
                .raw("{\"ph\": \"X\", \"cat\": \"kernel\", \"name\": \"bad\\path\", \"ts\": -5, \"dur\": 1e300, \"args\": {}}")
                .raw("{\"ph\": \"X\", \"cat\": \"kernel\", \"name\": [1, {\"a\": 2}], \"ts\": {\"x\": []}, \"dur\": \"1\", \"args\": [3]}")
                .raw("[1, 2, [3]]")
                .raw("null")
                .annotation(5, 2000, 1, "execute_context_99999999999999999999(1)_generation_0(0)");

        Recording recording = read(trace.bytes());

        assertThat(recording.iterations()).isEqualTo(read(TorchFixture.vllm().bytes()).iterations());
        assertThat(warnings(recording, "event-damaged")).isEqualTo(2);
    }

    @Test
    void aCutTraceYieldsEveryWholeEventBeforeTheCut() throws IOException {
        byte[] whole = TorchFixture.vllm().bytes();
        int kernels = 5;
        for (int length = whole.length - 2; length > 100; length -= 3) {
            int found = 0;
            try {
                Recording recording = read(Arrays.copyOf(whole, length));
                found = recording.kernels().size();
                assertThat(warnings(recording, "json-damaged")).isEqualTo(1);
            } catch (UserInputException e) {
                assertThat(e).hasMessageNotContaining("\n");
            }
            assertThat(found).as("at %d", length).isBetween(kernels - 1, kernels);
            kernels = found;
        }
        assertThat(kernels).isZero();
    }

    @Test
    void readsThePublicTrace() {
        Recording recording = Recordings.read(List.of(SharedData.file("torch-traces/vllm-prefill-decode-piecewise.json.gz")));

        // Counted from the JSON by another program.
        assertThat(recording.kernels()).hasSize(423);
        assertThat(recording.kernels()).allMatch(kernel -> kernel.iteration().isPresent());
        assertThat(recording.kernels().stream().filter(kernel -> kernel.kind() == KernelKind.COPY && kernel.bytes().isPresent()))
                .hasSize(10);
        assertThat(recording.kernels().stream().mapToLong(KernelRecord::timeNanos).sum()).isBetween(156_085_800L, 156_086_000L);
        Iteration step = recording.iterations().getFirst();
        assertThat(recording.iterations()).hasSize(1);
        assertThat(step.contextRequests()).isEqualTo(9);
        assertThat(step.contextTokens()).isEqualTo(8155);
        assertThat(step.generationRequests()).isEqualTo(37);
        IterationDetail detail = step.detail().orElseThrow();
        assertThat(detail.contextKvTokens()).hasValue(8430 - 8155);
        assertThat(detail.generationKvTokens()).hasValue(34_489 - 37);
        assertThat(detail.paddedTokens()).hasValue(8192);
        assertThat(detail.graphMode()).contains("piecewise");
        // 307.698 ms from the range's begin to the last kernel's end, of which 149.019 ms were spent behind earlier work.
        assertThat(step.ownNanos().orElseThrow()).isBetween(158_600_000L, 158_700_000L);
    }

    private Recording read(byte[] trace) throws IOException {
        return Recordings.read(List.of(Files.write(folder.resolve("trace"), trace)));
    }

    private static long warnings(Recording recording, String code) {
        return recording.warnings().stream().filter(warning -> warning.code().equals(code)).mapToLong(RecordingWarning::count).sum();
    }
}
