package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.DeviceInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What is known of the processor without measuring anything.
final class CpuInfo {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private CpuInfo() {}

    static DeviceInfo describe(Kernels kernels) {
        int processors = Runtime.getRuntime().availableProcessors();
        return new DeviceInfo(
                processorName() + " x " + processors,
                "cpu",
                kernels.name(),
                OptionalLong.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    private static String processorName() {
        try (Stream<String> lines = Files.lines(CPU_INFO)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElseGet(CpuInfo::architecture);
        } catch (IOException e) {
            return architecture();
        }
    }

    private static String architecture() {
        return System.getProperty("os.arch", "unknown processor");
    }
}
