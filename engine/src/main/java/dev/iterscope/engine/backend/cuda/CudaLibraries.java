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

/// Finds the libraries beside the driver. All of them are optional.
final class CudaLibraries {
    private static final List<String> CUBLASLT = List.of("libcublasLt.so.13", "libcublasLt.so.12");
    private static final List<String> CUPTI = List.of("libcupti.so.13", "libcupti.so.12");
    private static final List<String> NVML = List.of("libnvidia-ml.so.1");

    private CudaLibraries() {}

    static Optional<NativeLibrary> cublasLt() {
        return NativeLibrary.open(CUBLASLT, folders());
    }

    static Optional<NativeLibrary> cupti() {
        return NativeLibrary.open(CUPTI, folders());
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
