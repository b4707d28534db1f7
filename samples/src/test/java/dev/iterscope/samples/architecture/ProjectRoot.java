package dev.iterscope.samples.architecture;

import java.nio.file.Files;
import java.nio.file.Path;

/// The folder of the parent pom, looked for from the working directory upwards: Maven runs tests in their module, an IDE may not.
public final class ProjectRoot {

    private ProjectRoot() {}

    /// The folder.
    public static Path path() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.isDirectory(folder.resolve(".mvn"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("no folder with .mvn above " + Path.of("").toAbsolutePath());
        }
        return folder;
    }
}
