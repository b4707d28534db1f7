package dev.iterscope.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The probe against stand-ins of the driver library, one for each way in which a machine can fall short.
class CudaProbeTest {

    @TempDir
    Path folder;

    @Test
    void noDriverIsOneLineThatSaysWhatIsMissing() {
        CudaStatus status = CudaProbe.driver(List.of("libno-such-driver.so.1"));

        assertThat(status.available()).isFalse();
        assertThat(status.driverVersion()).isEmpty();
        assertThat(status.unavailableReason()).hasValueSatisfying(reason -> assertThat(reason)
                .contains("libcuda.so.1 was not found")
                .doesNotContain("\n"));
    }

    @Test
    void describesDevicesInTheDriversOrder() {
        CudaStatus status = probe("-DINIT=0", "-DVERSION=13000", "-DDEVICES=2", "-DMAJOR=9");

        assertThat(status.unavailableReason()).isEmpty();
        assertThat(status.driverVersion()).hasValue(13000);
        assertThat(status.devices()).extracting(CudaDevice::name).containsExactly("Fake H0", "Fake H1");
        CudaDevice device = status.devices().getFirst();
        assertThat(device.memoryBytes()).isEqualTo(80L << 30);
        assertThat(device.pciBusId()).isEqualTo("0000:07:00.0");
        // The H100 SXM data sheet: 3.35 TB/s and, at 1830 MHz boost, 989 TFLOP/s dense bf16; this stand-in clocks 1980 MHz.
        assertThat(device.peakBandwidth()).isBetween(3.34e12, 3.36e12);
        assertThat(device.peakBf16Flops() * 1830 / 1980).isBetween(988e12, 990e12);
    }

    @Test
    void driverWithoutDevice() {
        CudaStatus status = probe("-DINIT=100", "-DVERSION=13000", "-DDEVICES=0", "-DMAJOR=9");

        assertThat(status.unavailableReason()).hasValueSatisfying(reason -> assertThat(reason).contains("no device"));
        assertThat(status.driverVersion()).hasValue(13000);
    }

    @Test
    void allDevicesHidden() {
        CudaStatus status = probe("-DINIT=0", "-DVERSION=13000", "-DDEVICES=0", "-DMAJOR=9");

        assertThat(status.unavailableReason()).hasValueSatisfying(reason -> assertThat(reason).contains("no device"));
    }

    @Test
    void driverThatDoesNotStart() {
        CudaStatus status = probe("-DINIT=999", "-DVERSION=13000", "-DDEVICES=1", "-DMAJOR=9");

        assertThat(status.unavailableReason()).hasValueSatisfying(reason -> assertThat(reason).contains("cuInit returned 999"));
    }

    @Test
    void driverTooOld() {
        CudaStatus status = probe("-DINIT=0", "-DVERSION=11080", "-DDEVICES=1", "-DMAJOR=9");

        assertThat(status.unavailableReason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("supports CUDA 11.8, 12.0 is needed"));
    }

    @Test
    void driverThatLacksACallIsTooOld() {
        CudaStatus status = probe("-DINIT=0", "-DVERSION=12000", "-DDEVICES=1", "-DMAJOR=9", "-DNO_TOTAL_MEM");

        assertThat(status.unavailableReason()).hasValueSatisfying(reason -> assertThat(reason).contains("has no cuDeviceTotalMem_v2"));
    }

    @Test
    void deviceTooOld() {
        CudaStatus status = probe("-DINIT=0", "-DVERSION=13000", "-DDEVICES=1", "-DMAJOR=7");

        assertThat(status.unavailableReason()).hasValueSatisfying(reason -> assertThat(reason).contains("compute capability 7.0"));
    }

    @Test
    void looksForLibrariesWhereTheEnvironmentSaysThenInTheNewestToolkit() throws IOException {
        Files.createDirectory(folder.resolve("cuda-12.4"));
        Files.createDirectory(folder.resolve("cuda-13.0"));

        List<Path> folders = CudaLibraries.folders(Map.of("CUDA_HOME", "/opt/own"), folder);

        assertThat(folders.getFirst()).isEqualTo(Path.of("/opt/own/lib64"));
        assertThat(folders.indexOf(folder.resolve("cuda-13.0/lib64"))).isBetween(1, folders.indexOf(folder.resolve("cuda-12.4/lib64")));
    }

    @Test
    void aLibraryNeedsADriverOfItsOwnMajorVersion() {
        assertThat(CudaLibraries.names("libcupti.so.", 13010)).containsExactly("libcupti.so.13", "libcupti.so.12");
        assertThat(CudaLibraries.names("libcupti.so.", 12080)).containsExactly("libcupti.so.12");
        assertThat(CudaLibraries.names("libcupti.so.", 11080)).isEmpty();
    }

    private CudaStatus probe(String... definitions) {
        HostCompiler.assumeTool("gcc");
        List<String> arguments = new ArrayList<>(List.of(definitions));
        arguments.add(HostCompiler.NATIVE_TESTS.resolve("fake_driver.c").toString());
        Path library = HostCompiler.library("gcc", folder.resolve("libfake.so"), arguments);
        return CudaProbe.driver(List.of(library.toString()));
    }
}
