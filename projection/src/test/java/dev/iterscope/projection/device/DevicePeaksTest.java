package dev.iterscope.projection.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Names as drivers and profiles print them.
class DevicePeaksTest {

    @ParameterizedTest
    @CsvSource({
        "NVIDIA A100-SXM4-80GB, a100sxm480gb, 312e12, 2.039e12",
        "NVIDIA A100 80GB PCIe, a10080gbpcie, 312e12, 1.935e12",
        "NVIDIA A100-PCIE-40GB, a100, 312e12, 1.555e12",
        "NVIDIA A100-SXM4-40GB, a100, 312e12, 1.555e12",
        "NVIDIA A10, a10, 125e12, 0.6e12",
        "NVIDIA A10G, a10g, 70e12, 0.6e12",
        "NVIDIA B200, b200, 2250e12, 8.0e12",
        "NVIDIA B300 SXM6 AC, b300, 2250e12, 8.0e12",
        "NVIDIA GB200, gb200, 2500e12, 8.0e12",
        "NVIDIA GB300, gb300, 2500e12, 8.0e12",
        "NVIDIA L20, l20, 119.5e12, 0.864e12",
        "NVIDIA H20, h20, 148e12, 4.0e12",
        "NVIDIA H20-3e, h203e, 148e12, 4.8e12",
        "NVIDIA H200, h200, 989.4e12, 4.8e12",
        "NVIDIA H100 80GB HBM3, h100, 989.4e12, 3.35e12",
        "NVIDIA L4, l4, 121e12, 0.3e12",
        "AMD Instinct MI355X, mi355x, 2516.6e12, 8.0e12"})
    void findsADeviceByTheNameItPrints(String device, String key, double flops, double bandwidth) {
        assertThat(DevicePeaks.find(device)).contains(new DevicePeaks(key, flops, bandwidth));
    }

    @Test
    void knowsNothingOfOthers() {
        assertThat(DevicePeaks.find("Intel Xeon")).isEmpty();
    }
}
