package dev.iterscope.engine.backend.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The kernel sources compiled for the host, once per test run.
final class HostKernels {
    private static @Nullable Path library;

    private HostKernels() {}

    /// Skips the test where there is no g++.
    static void assumeCompiler() {
        HostCompiler.assumeTool("g++");
    }

    static synchronized Path library() {
        if (library == null) {
            try {
                Path folder = Files.createTempDirectory("iterscope-kernels");
                Path file = HostCompiler.library(
                        "g++",
                        folder.resolve("libkernels.so"),
                        List.of(
                                "-std=c++17",
                                "-O2",
                                "-U_FORTIFY_SOURCE", // its longjmp check refuses to leave one fiber for another
                                "-Wall",
                                "-Werror",
                                "-Wno-unknown-pragmas",
                                "-I" + HostCompiler.KERNELS,
                                "-I" + HostCompiler.NATIVE_TESTS,
                                HostCompiler.NATIVE_TESTS.resolve("host_kernels.cpp").toString()));
                file.toFile().deleteOnExit();
                folder.toFile().deleteOnExit();
                library = file;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
        return library;
    }
}
