package dev.iterscope.projection;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// Public measurements that lie beside the project and are no part of it. A test that needs one is skipped where there is none.
public final class SharedData {

    private SharedData() {}

    /// A file of the shared data, or a failed assumption.
    public static Path file(String name) {
        for (Path root = Path.of("").toAbsolutePath(); root != null; root = root.getParent()) {
            Path candidate = root.resolve("shared/data").resolve(name);
            if (Files.exists(candidate)) {
                return candidate;
            }
        }
        return Assumptions.abort("no shared data here: " + name);
    }
}
