package dev.iterscope.samples.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// House rules that class files do not show: how long a file is, and that what is public is documented.
class SourceTest {

    private static final int MAX_LINES = 400;

    private static List<Path> sources = List.of();

    @BeforeAll
    static void findSources() throws IOException {
        try (Stream<Path> files = Files.walk(ProjectRoot.path(), 15)) {
            sources = files.filter(file -> file.toString().endsWith(".java") && file.toString().contains("/src/main/java/")).toList();
        }
        assertThat(sources).as("sources below %s", ProjectRoot.path()).hasSizeGreaterThan(10);
    }

    @Test
    void filesHoldOneIdea() throws IOException {
        Map<String, Integer> tooLong = new TreeMap<>();
        for (Path source : sources) {
            int lines = Files.readAllLines(source).size();
            if (lines > MAX_LINES) {
                tooLong.put(source.getFileName().toString(), lines);
            }
        }
        assertThat(tooLong).as("files over %d lines; split them", MAX_LINES).isEmpty();
    }

    @Test
    void publicTypesAreDocumented() throws IOException {
        assertThat(PublicTypes.undocumentedIn(sources)).isEmpty();
    }

    @Test
    void anUndocumentedTypeIsFound(@TempDir Path folder) throws IOException {
        Path source = Files.writeString(folder.resolve("Outer.java"), """
                /** The old form of comment is no documentation here. */
                public class Outer {
                    // neither is this
                    public record Undocumented(int x) {}
                    /// Documented.
                    @Deprecated
                    public enum Documented { A }
                    record Hidden() {
                        public record InHidden() {}
                    }
                    public interface Api { record PublicInInterface() {} }
                }
                """);

        assertThat(PublicTypes.undocumentedIn(List.of(source))).containsExactly("Outer.java: Outer", "Outer.java: Undocumented",
                "Outer.java: Api", "Outer.java: PublicInInterface");
    }
}
