package dev.iterscope.samples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.junit.jupiter.api.Test;

/// Says at the end of a build how many tests of all modules were skipped, and why: a build that skips what it cannot run looks like one
/// that ran it. An execution of its own in the last phase of the last module runs it (`samples/pom.xml`), so its name is not that of a test.
class SkippedTestsSummary {
    private static final String NO_REASON = "no reason given";

    private final Map<String, Integer> reasons = new TreeMap<>();
    private int tests;
    private int skipped;

    @Test
    void everySkippedTestSaysWhy() throws IOException, XMLStreamException {
        Instant began = Instant.parse(System.getProperty("iterscope.build.began"));
        String reports = System.getProperty("iterscope.build.target") + "/surefire-reports";
        try (DirectoryStream<Path> modules = Files.newDirectoryStream(Path.of(".."), Files::isDirectory)) {
            for (Path module : modules) {
                if (Files.isDirectory(module.resolve(reports))) {
                    readReports(module.resolve(reports), began);
                }
            }
        }
        if (skipped > 0) {
            System.out.printf("%n%,d of %,d tests were skipped on this machine:%n", skipped, tests);
            reasons.entrySet().stream()
                    .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                    .forEach(reason -> System.out.printf("  %4d  %s%n", reason.getValue(), reason.getKey()));
            System.out.println();
        }
        assertThat(reasons).doesNotContainKey(NO_REASON);
    }

    /// Reports of builds before this one do not count.
    private void readReports(Path folder, Instant began) throws IOException, XMLStreamException {
        try (DirectoryStream<Path> reports = Files.newDirectoryStream(folder, "TEST-*.xml")) {
            for (Path report : reports) {
                if (!Files.getLastModifiedTime(report).toInstant().isBefore(began)) {
                    read(report);
                }
            }
        }
    }

    private void read(Path report) throws IOException, XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT) {
                    count(xml);
                }
            }
        }
    }

    private void count(XMLStreamReader xml) throws XMLStreamException {
        if (xml.getLocalName().equals("testcase")) {
            tests++;
        } else if (xml.getLocalName().equals("skipped")) {
            skipped++;
            String message = xml.getAttributeValue(null, "message");
            reasons.merge(reason(message == null ? xml.getElementText() : message), 1, Integer::sum);
        }
    }

    /// One reason for all files of a kind: what follows a colon is which of them.
    private static String reason(String message) {
        String text = message.strip().lines().findFirst().orElse("")
                .replaceFirst("^[\\w.$]+Exception: ?", "").replaceFirst("^Assumption failed: ", "");
        int colon = text.indexOf(": ");
        if (text.isBlank() || text.equals("assumption is not true")) {
            return NO_REASON;
        }
        return colon < 0 ? text : text.substring(0, colon);
    }
}
