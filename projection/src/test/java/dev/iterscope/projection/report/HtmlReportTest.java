package dev.iterscope.projection.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.cli.Cli;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {

    @TempDir
    Path folder;

    private Path page = Path.of("");

    @BeforeEach
    void write() {
        page = folder.resolve("report.html");
        Path log = SharedData.file("vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log");
        Cli cli = Cli.run("project", log.toString(), "--format", "html", "-o", page.toString(), "--draws", "3",
                "--max-num-batched-tokens", "2000,4000,8000", "--slo", "p99_itl_ms<=450");
        assertThat(cli.code()).as(cli.err()).isZero();
    }

    @Test
    void thePageNeedsNothingButItself() throws IOException {
        String html = Files.readString(page);
        assertThat(html).startsWith("<!doctype html>").doesNotContain("src=", "@import", "url(").doesNotContain("http://", "https://");
        assertThat(html).contains("<h1>Recommendation: ", "p99_itl_ms&lt;=450");
        assertThat(html.split("<svg", -1)).hasSizeGreaterThan(5);
    }

    @Test
    void aBrowserDrawsItWithoutComplaint() throws IOException, InterruptedException {
        String html = Files.readString(page);
        // The probe acts as a reader does: it hovers over a mark and says what then stands in the page.
        String probe = "<script>window.addEventListener('load', () => {"
                + "const mark = document.querySelector('circle[data-tip]'); const box = mark.getBoundingClientRect();"
                + "mark.dispatchEvent(new PointerEvent('pointermove', {clientX: box.x, clientY: box.y, bubbles: true}));"
                + "const tip = document.getElementById('tip');"
                + "const wide = document.documentElement.scrollWidth > innerWidth;"
                + "document.body.dataset.probe = [tip.hidden, tip.textContent.includes('output tokens/s'), box.width > 0, wide].join();"
                + "});</script>";
        Files.writeString(page, html.replace("</body>", probe + "</body>"));
        for (int width : List.of(500, 900, 1400)) {
            Browsed browsed = browse(width);
            assertThat(browsed.dom).as("width %d", width).contains("data-probe=\"false,true,true,false\"");
            assertThat(browsed.console).doesNotContain("CONSOLE");
        }
    }

    /// What a browser made of the page.
    private record Browsed(String dom, String console) {}

    private Browsed browse(int width) throws IOException, InterruptedException {
        Path console = folder.resolve("console.txt");
        Path dom = folder.resolve("dom.txt");
        List<String> command = new ArrayList<>(List.of(chromium().toString(), "--headless", "--no-sandbox", "--disable-gpu",
                "--enable-logging=stderr", "--window-size=" + width + ",1000", "--virtual-time-budget=3000",
                "--user-data-dir=" + folder.resolve("profile" + width), "--dump-dom", page.toUri().toString()));
        Process process = new ProcessBuilder(command).redirectOutput(dom.toFile()).redirectError(console.toFile()).start();
        Assumptions.assumeTrue(process.waitFor(60, TimeUnit.SECONDS), "the browser does not answer");
        return new Browsed(Files.readString(dom), new String(Files.readAllBytes(console), StandardCharsets.ISO_8859_1));
    }

    private static Path chromium() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseGet(() -> Assumptions.abort("no Chromium on this machine"));
    }
}
