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
              const faults = [];
              for (const chart of document.querySelectorAll('figure svg')) {
                const fault = (text, words) => faults.push(chart.getAttribute('aria-label') + ': ' + text.textContent + ' ' + words);
                const card = chart.closest('figure').getBoundingClientRect();
                const texts = [...chart.querySelectorAll('text')].map(text => [text, text.getBoundingClientRect()]);
                texts.forEach(([text, box], index) => {
                  const pixels = parseFloat(getComputedStyle(text).fontSize) * chart.getScreenCTM().a;
                  if (pixels < 11) fault(text, 'is ' + pixels + ' px');
                  if (box.left < card.left || box.right > card.right + 1) fault(text, 'leaves its card');
                  for (const [other, beside] of texts.slice(index + 1)) {
                    // A line of text is taller than its letters: 3 px of two lines may overlap.
                    if (box.left + 1 < beside.right && beside.left + 1 < box.right && box.top + 3 < beside.bottom
                        && beside.top + 3 < box.bottom) fault(text, 'covers ' + other.textContent);
                  }
                });
                if (chart.getBoundingClientRect().height < 50) faults.push(chart.getAttribute('aria-label') + ' is flat');
              }
              for (const block of document.querySelectorAll('h1, h2, h3, p, li, dt, dd, figcaption, .tile, .bars')) {
                if (block.clientWidth > 0 && block.scrollWidth > block.clientWidth + 1) faults.push(block.textContent + ' is too wide');
              }
              document.body.dataset.faults = faults.join('; ');
              said.charts = document.querySelectorAll('figure svg').length;
              said.fits = document.documentElement.scrollWidth <= innerWidth;
              said.alone = performance.getEntriesByType('resource').length === 0;
              const page = getComputedStyle(document.documentElement).getPropertyValue('--page').trim();
              said.page = page;
              document.body.dataset.probe = Object.entries(said).map(entry => entry.join('=')).join(' ');
            });</script>
            """;

    /// Longer than a narrow page is wide, and without a blank.
    private static final String LONG_OBJECTIVE =
            "p99_itl_ms<=1000,mean_itl_ms<=1000,p99_ttft_ms<=60000,mean_ttft_ms<=60000,mean_tpot_ms<=1000";

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
                "--max-num-batched-tokens", "32,128,512", "--slo", LONG_OBJECTIVE, "--format", "html", "-o", page.toString());
        assertThat(sweep.code()).as(sweep.err()).isZero();
    }

    @Test
    void thePageNeedsNothingButItself() throws IOException {
        String html = Files.readString(page);
        assertThat(html).startsWith("<!doctype html>").doesNotContain("src=", "@import", "url(").doesNotContain("http://", "https://");
        assertThat(html).contains("p99_itl_ms&lt;=1000,mean_itl_ms&lt;=1000", ">Recommendation</p>");
        // Times were measured just now, so that they decide which answer it is.
        assertThat(html.contains("<code>--max-num-batched-tokens ")).isEqualTo(html.contains("class=\"answer change\""));
        assertThat(html).contains("Throughput<small>", "Inter-token latency<small>",
                "Time to first token<small>", "Throughput against speed per user<small>", "KV cache<small>", "Batch composition<small>",
                "Requests<small>", "KV cache usage<small>", "Step time by tokens<small>", "Predicted against measured steps<small>",
                "Latency distribution<small>", "Time per kernel<small>");
    }

    @Test
    void thePageBeginsWithWhatWasRecorded() throws IOException {
        String html = Files.readString(page);
        String run = html.substring(html.indexOf("<dl class=\"run\">"), html.indexOf("<header"));
        assertThat(run).contains("<dt>Model</dt><dd>tiny</dd>", "<dt>Device</dt><dd>", "<dt>Engine</dt><dd>iterscope ")
                .containsPattern("<dt>Recorded</dt><dd>\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2} UTC</dd>");
    }

    @Test
    void thePresentSettingStandsBesideWhatWasRecorded() throws IOException {
        String html = Files.readString(page);
        String table = html.substring(html.indexOf("The present setting, predicted beside recorded</h3>"));
        assertThat(table.substring(0, table.indexOf("</table>"))).contains("<th>recorded</th><th>predicted</th>", "<td>output tok/s</td>",
                "<td>TTFT mean, ms</td>", "<td>TPOT mean, ms</td>", "<td>ITL p99, ms</td>");
    }

    @Test
    void otherRequestsThanTheRecordedOnesStandBesideNothing() throws IOException {
        Path other = folder.resolve("other.html");
        Cli cli = Cli.run("project", folder.resolve("run.jfr").toString(), "--num-prompts", "5", "--random-input-len", "40",
                "--random-output-len", "9", "--draws", "0", "--format", "html", "-o", other.toString());
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(Files.readString(other)).contains("What max-num-batched-tokens would do").doesNotContain("beside recorded");
    }

    @Test
    void whatIsNotKnownHasNoUnit() throws IOException {
        assertThat(Files.readString(page)).contains("Regret, which").doesNotContain("– %", "- %");
    }

    @Test
    void namesFromARecordingAreWordsAndNeverMarkup() throws IOException {
        Path hostile = folder.resolve("a\"><img src=x onerror=alert(1)>&amp;.jfr");
        Files.copy(folder.resolve("run.jfr"), hostile);
        Path shown = folder.resolve("hostile.html");
        Cli cli = Cli.run("project", hostile.toString(), "--draws", "0", "--format", "html", "-o", shown.toString());
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(Files.readString(shown))
                .contains("a&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;.jfr")
                .doesNotContain("<img", "onerror=alert(1)>");
    }

    /// Each text that a recording brings: names of model, device, engine and kernels, and warnings.
    @Test
    void everyTextOfALogIsEscaped() throws IOException {
        String bad = "<b>'\"&</b>";
        Path log = folder.resolve("hostile.log");
        StringBuilder lines =
                new StringBuilder("(EngineCore_DP0 pid=1) INFO 11-01 10:00:00 [core.py:93] Initializing a V1 LLM engine (v0.11.0"
                        + bad + ") with config: model='" + bad.replace("'", "") + "', tensor_parallel_size=2\n");
        for (int i = 0; i < 40; i++) {
            lines.append(String.format(
                    "(EngineCore_DP0 pid=1) INFO 11-01 10:00:%02d [core.py:359] Iteration(%d): 1 context requests, %d context "
                            + "tokens, 3 generation requests, 3 generation tokens, iteration elapsed time: %d.5 ms%n",
                    i, i, 100 + i * 7, 20 + i));
        }
        Files.writeString(log, lines + bad + "\n");
        Path shown = folder.resolve("log.html");
        Cli cli = Cli.run("project", log.toString(), "--draws", "0", "--format", "html", "-o", shown.toString());
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(Files.readString(shown)).contains("<dt>Model</dt><dd>&lt;b&gt;").doesNotContain("<b>'", "<b>\"");
    }

    @ParameterizedTest
    @CsvSource({"500, false", "900, true", "1400, false"})
    void aBrowserDrawsItWithoutComplaint(int width, boolean dark) throws IOException, InterruptedException {
        Path probed = folder.resolve("probed.html");
        Files.writeString(probed, Files.readString(page).replace("</body>", PROBE + "</body>"));
        Browsed browsed = browse(probed, width, dark);
        assertThat(browsed.dom).contains("data-probe=\"point=true pointHides=true measured=true measuredHides=true time=true"
                + " timeHides=true step=true stepHides=true kernel=true kernelHides=true charts=12 fits=true alone=true page="
                + (dark ? "#0d1117" : "#ffffff"));
        assertThat(browsed.dom).contains("data-faults=\"\"");
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
