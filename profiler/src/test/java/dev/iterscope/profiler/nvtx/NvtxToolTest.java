package dev.iterscope.profiler.nvtx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.profiler.TestCounts;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NvtxToolTest {

    @Test
    void offersAllModulesOfTheProtocolInTheirSizes() {
        RecordingTool tool = new RecordingTool();

        NvtxTool attached = NvtxTool.attach(tool);

        // NVTX_CBID_*_SIZE of nvtxTypes.h.
        assertThat(tool.moduleSizes)
                .containsEntry(1, 16)
                .containsEntry(2, 9)
                .containsEntry(3, 15)
                .containsEntry(4, 7)
                .containsEntry(5, 16)
                .containsEntry(6, 7);
        tool.moduleSizes.forEach((module, size) -> assertThat(tool.nullEntries(module)).as("module %d", module).containsExactly(0, size));
        assertThat(tool.exportTableVersion).isEqualTo(3);
        assertThat(attached.status()).isEqualTo(status(true));
    }

    @Test
    void saysThatAToolDoesNotListenYet() {
        RecordingTool tool = new RecordingTool();
        tool.attachAtOnce = false;

        NvtxTool attached = NvtxTool.attach(tool);
        assertThat(attached.status()).isEqualTo(status(false));

        tool.attach();
        assertThat(attached.status()).isEqualTo(status(true));
    }

    @Test
    void neverCallsAToolThatRefused() {
        RecordingTool tool = new RecordingTool();
        tool.answer = 0;

        NvtxTool refused = NvtxTool.attach(tool);
        IterationRanges ranges = IterationRanges.of(refused);
        ranges.push(TestCounts.PROPOSAL);
        ranges.pop();

        assertThat(tool.calls).isEmpty();
        assertThat(refused.status()).isInstanceOf(NvtxStatus.Failed.class);
    }

    @Test
    void goesOnWithoutALibraryThatCannotBeUsed(@TempDir Path folder) {
        Path noTool = Path.of(System.getProperty("java.home"), "lib", System.mapLibraryName("java"));
        Path missing = folder.resolve("missing.so");

        assertThat(NvtxTool.load(null).status()).isEqualTo(new NvtxStatus.NoTool());
        assertThat(NvtxTool.load(" ").status()).isEqualTo(new NvtxStatus.NoTool());
        assertThat(NvtxTool.load(missing.toString()).status())
                .isInstanceOfSatisfying(NvtxStatus.Failed.class, failed -> {
                    assertThat(failed.library()).isEqualTo(missing.toString());
                    assertThat(failed.problem()).isNotBlank();
                });
        assertThat(NvtxTool.load(noTool.toString()).status())
                .isInstanceOfSatisfying(NvtxStatus.Failed.class, failed -> assertThat(failed.problem())
                        .contains("InitializeInjectionNvtx2"));
        assertThat(NvtxTool.load("\0").status()).isInstanceOf(NvtxStatus.Failed.class);
    }

    @Test
    void offersThePayloadExtensionInTheVersionBeforeIfTheNewestIsNotKnown() {
        RecordingTool tool = new RecordingTool();
        tool.payloadVersions = Set.of(0x0103);
        tool.knowsCounters = true;

        NvtxTool attached = NvtxTool.attach(tool);

        assertThat(tool.offeredPayloadVersions).containsExactly(0x0104, 0x0103);
        assertThat(tool.cTypeCount).isEqualTo(28);
        assertThat(tool.longDoubleBytes).isIn(8, 16);
        assertThat(attached.status())
                .isEqualTo(new NvtxStatus.Attached("recording tool", true, OptionalInt.of(0x0103), true));
    }

    private static NvtxStatus status(boolean listening) {
        return new NvtxStatus.Attached("recording tool", listening, OptionalInt.empty(), false);
    }
}
