package dev.iterscope.projection.scenario;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// A scenario among the test data; shown by its name.
///
/// @param file a `.json` file
record ScenarioFile(Path file) {

    static List<ScenarioFile> in(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().map(ScenarioFile::new).toList();
        }
    }

    /// Those of a folder of the test resources.
    static List<ScenarioFile> inResources(String folder) throws IOException, URISyntaxException {
        return in(Path.of(Objects.requireNonNull(ScenarioFile.class.getResource(folder)).toURI()));
    }

    String expectedSteps() throws IOException {
        return Files.readString(file.resolveSibling(this + ".steps.jsonl"));
    }

    @Override
    public String toString() {
        String name = String.valueOf(file.getFileName());
        return name.substring(0, name.length() - ".json".length());
    }
}
