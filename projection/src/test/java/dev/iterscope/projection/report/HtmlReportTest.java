package dev.iterscope.projection.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.cli.Cli;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlReportTest {
    /// Acts as a reader does: hovers over one thing of each kind, and says in the page what then stood beside the pointer.
    private static final String PROBE = """
            <script>window.addEventListener('load', () => {
              const tip = document.getElementById('tip');
              const said = {};
              const hover = (name, selector, words) => {
                const mark = document.querySelector(selector);
                const box = mark.getBoundingClientRect();
                mark.dispatchEvent(new PointerEvent('pointermove', {clientX: box.x, clientY: box.y, bubbles: true}));
                said[name] = !tip.hidden && tip.textContent.includes(words) && box.width > 0;
                mark.dispatchEvent(new PointerEvent('pointerleave', {bubbles: true}));
                said[name + 'Hides'] = tip.hidden;
              };
              hover('point', 'circle.mark', 'output tokens/s');
              hover('measured', 'rect.mark', 'measured at');
              hover('time', '.column', 'context and');
              hover('step', '.dot', 'predicted');
              hover('kernel', '.bar', 'calls');
              said.drawn = [...document.querySelectorAll('figure svg')].every(chart => chart.getBoundingClientRect().height > 50);
              said.charts = document.querySelectorAll('figure svg').length;
              said.fits = document.documentElement.scrollWidth <= innerWidth;
              said.alone = performance.getEntriesByType('resource').length === 0;
              const page = getComputedStyle(document.documentElement).getPropertyValue('--page').trim();
              said.page = page;
              document.body.dataset.probe = Object.entries(said).map(entry => entry.join('=')).join(' ');
            });</script>
            """;

    @TempDir
    static Path folder = Path.of("");

    private static Path page = Path.of("");

    @BeforeAll
    static void write() {
        page = folder.resolve("report.html");
        String recording = folder.resolve("run.jfr").toString();
        Cli run = Cli.run("run", "--num-prompts", "12", "--random-input-len", "60", "--random-output-len", "12", "--random-range-ratio",
                "0.5", "--memory", "512MiB", "--max-num-seqs", "8", "--kernel-events", "4", "--record", recording);
        assertThat(run.code()).as(run.err()).isZero();
        Cli sweep = Cli.run("sweep", recording, "--measure", "--measure-own-model", "--runs", "1", "--draws", "3", "--memory", "512MiB",
                "--backend", "emulated",
                "--max-num-batched-tokens", "32,128,512", "--slo", "p99_itl_ms<=1000", "--format", "html", "-o", page.toString());
        assertThat(sweep.code()).as(sweep.err()).isZero();
    }

    @Test
    void thePageNeedsNothingButItself() throws IOException {
        String html = Files.readString(page);
        assertThat(html).startsWith("<!doctype html>").doesNotContain("src=", "@import", "url(").doesNotContain("http://", "https://");
        assertThat(html).contains("p99_itl_ms&lt;=1000", ">Recommendation</p>");
        // Times were measured just now, so that they decide which answer it is.
        assertThat(html.contains("<code>--max-num-batched-tokens ")).isEqualTo(html.contains("class=\"answer change\""));
        assertThat(html).contains("Throughput<small>", "Inter-token latency<small>",
                "Time to first token<small>", "Throughput against speed per user<small>", "KV cache<small>", "Batch composition<small>",
                "KV cache usage<small>", "Predicted against measured steps<small>", "Time per kernel<small>");
    }

    @ParameterizedTest
    @CsvSource({"500, false", "900, true", "1400, false"})
    void aBrowserDrawsItWithoutComplaint(int width, boolean dark) throws IOException, InterruptedException {
        Path probed = folder.resolve("probed.html");
        Files.writeString(probed, Files.readString(page).replace("</body>", PROBE + "</body>"));
        Browsed browsed = browse(probed, width, dark);
        assertThat(browsed.dom).contains("data-probe=\"point=true pointHides=true measured=true measuredHides=true time=true"
                + " timeHides=true step=true stepHides=true kernel=true kernelHides=true drawn=true charts=10 fits=true alone=true page="
                + (dark ? "#0d1117" : "#ffffff"));
        assertThat(browsed.console).doesNotContain("CONSOLE");
    }

    /// What a browser made of the page.
    private record Browsed(String dom, String console) {}

    private static Browsed browse(Path file, int width, boolean dark) throws IOException, InterruptedException {
        Path console = folder.resolve("console.txt");
        Path dom = folder.resolve("dom.txt");
        List<String> command = new ArrayList<>(List.of(chromium().toString(), "--headless", "--no-sandbox", "--disable-gpu",
                "--enable-logging=stderr", "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1), "--window-size=" + width + ",1000",
                "--virtual-time-budget=3000",
                "--user-data-dir=" + folder.resolve("profile"), "--dump-dom"));
        command.add(file.toUri().toString());
        Process process = new ProcessBuilder(command).redirectOutput(dom.toFile()).redirectError(console.toFile()).start();
        boolean answered = process.waitFor(60, TimeUnit.SECONDS);
        if (!answered) {
            process.destroyForcibly();
        }
        Assumptions.assumeTrue(answered, "the browser does not answer");
        return new Browsed(Files.readString(dom), new String(Files.readAllBytes(console), StandardCharsets.ISO_8859_1));
    }

    private static Path chromium() {
        return Stream.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
                .flatMap(name -> Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(place -> Path.of(place, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseGet(() -> Assumptions.abort("no Chromium on the path of this machine: install one to check the page in it"));
    }
}
