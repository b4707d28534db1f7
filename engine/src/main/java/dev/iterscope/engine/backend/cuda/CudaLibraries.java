package dev.iterscope.engine.backend.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the libraries beside the driver. All of them are optional.
final class CudaLibraries {
    /// Major versions of CUDA whose libraries we know, newest first.
    private static final List<Integer> MAJORS = List.of(13, 12);
    private static final List<String> NVML = List.of("libnvidia-ml.so.1");

    private CudaLibraries() {}

    /// The matrix libraries that are here and that a driver can serve, the newest first.
    ///
    /// @param driverVersion highest CUDA version of the driver, 1000 x major + 10 x minor
    static Stream<NativeLibrary> cublasLt(int driverVersion) {
        return NativeLibrary.candidates(names("libcublasLt.so.", driverVersion), folders());
    }

    /// The profiling libraries, likewise.
    static Stream<NativeLibrary> cupti(int driverVersion) {
        return NativeLibrary.candidates(names("libcupti.so.", driverVersion), folders());
    }

    /// File names by major version. A library needs a driver of at least its own major version, and works with every newer one.
    static List<String> names(String prefix, int driverVersion) {
        return MAJORS.stream().filter(major -> 1000 * major <= driverVersion).map(major -> prefix + major).toList();
    }

    static Optional<NativeLibrary> nvml() {
        return NativeLibrary.open(NVML, List.of());
    }

    private static List<Path> folders() {
        return folders(System.getenv(), Path.of("/usr/local"));
    }

    /// Where a toolkit keeps its libraries: the folder that `CUDA_HOME` or `CUDA_PATH` names, then the default installations, newest
    /// first.
    static List<Path> folders(Map<String, String> environment, Path installations) {
        List<Path> roots = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String value = environment.getOrDefault(variable, "");
            if (!value.isBlank()) {
                roots.add(Path.of(value));
            }
        }
        roots.addAll(toolkits(installations));
        List<Path> folders = new ArrayList<>();
        for (Path root : roots) {
            folders.add(root.resolve("lib64"));
            folders.add(root.resolve("extras/CUPTI/lib64"));
            folders.add(root.resolve("targets/x86_64-linux/lib"));
        }
        return folders;
    }

    private static List<Path> toolkits(Path installations) {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(installations)) {
            return found;
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(installations, "cuda*")) {
            children.forEach(found::add);
        } catch (IOException unreadable) {
            return List.of();
        }
        Collections.sort(found, Collections.reverseOrder());
        return found;
    }
}
