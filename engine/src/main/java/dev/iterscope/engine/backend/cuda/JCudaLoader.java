package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Loads JCuda's native part. JCuda unpacks it into `java.io.tmpdir` under a fixed name, which two users, or two processes that
/// start together, would share; so it gets a folder of its own, deleted once the library is loaded (the mapping stays valid).
final class JCudaLoader {
    private static final String TEMPORARY_FOLDER = "java.io.tmpdir";

    private JCudaLoader() {}

    /// The driver on a device that [CudaProbe] has found.
    ///
    /// @throws UserInputException (machine) when JCuda's native part does not load
    static synchronized CudaDriver open(CudaDevice device) {
        String before = System.getProperty(TEMPORARY_FOLDER);
        Path folder = createFolder();
        System.setProperty(TEMPORARY_FOLDER, folder.toString());
        try {
            return new JCudaDriver(device);
        } catch (LinkageError e) {
            throw UserInputException.machine("JCuda's native library does not load: " + firstLine(e) + "; is " + folder.getParent()
                    + " mounted noexec? Set java.io.tmpdir to another folder");
        } finally {
            System.setProperty(TEMPORARY_FOLDER, before);
            delete(folder);
        }
    }

    private static Path createFolder() {
        try {
            return Files.createTempDirectory("iterscope-jcuda");
        } catch (IOException e) {
            throw UserInputException.machine("no temporary folder for JCuda's native library: " + e.getMessage());
        }
    }

    private static String firstLine(Throwable thrown) {
        return String.valueOf(thrown.getMessage()).lines().findFirst().orElse("no reason given");
    }

    private static void delete(Path folder) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException busy) {
            folder.toFile().deleteOnExit(); // it stays behind at worst
        }
    }
}
