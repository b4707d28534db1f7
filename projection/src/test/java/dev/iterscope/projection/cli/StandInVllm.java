package dev.iterscope.projection.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/// A program that behaves as `vllm` does towards a script: `serve` prints what vLLM prints, answers `/health` and logs the steps of what it
/// is sent, under its token budget; `bench serve` sends a load and writes a result. Steps take no time but say that they took some.
public final class StandInVllm {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss", Locale.ROOT);

    private final List<String> args;
    private int iteration;

    private StandInVllm(List<String> args) {
        this.args = args;
    }

    /// Acts as `vllm` with these arguments.
    public static void main(String[] args) throws Exception {
        StandInVllm vllm = new StandInVllm(List.of(args));
        if (args[0].equals("serve")) {
            vllm.serve();
        } else {
            vllm.bench();
        }
    }

    private String option(String name, String otherwise) {
        int at = args.indexOf(name);
        return at < 0 ? otherwise : args.get(at + 1);
    }

    private int number(String name, int otherwise) {
        return Integer.parseInt(option(name, String.valueOf(otherwise)));
    }

    private static void log(String text) {
        System.out.println(
                "(EngineCore_DP0 pid=1) INFO " + LocalDateTime.now(ZoneId.systemDefault()).format(STAMP) + " [core.py:349] " + text);
    }

    private void serve() throws IOException, InterruptedException {
        int budget = number("--max-num-batched-tokens", 0);
        if (budget < number("--max-num-seqs", 1) || budget == 13 || !args.contains("--enable-logging-iteration-details")) {
            System.err.println("ValueError: max_num_batched_tokens is too small");
            System.exit(1);
        }
        log("non-default args: {'model_tag': '" + args.get(1) + "', 'max_num_batched_tokens': " + budget + ", 'max_num_seqs': "
                + number("--max-num-seqs", 1) + ", 'enable_logging_iteration_details': True}");
        log("GPU KV cache size: 60,000 tokens");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), number("--port", 8000)), 0);
        server.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.createContext("/load", exchange -> {
            String[] load = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split(" ");
            byte[] answer = steps(budget, Integer.parseInt(load[0]), Integer.parseInt(load[1]), Integer.parseInt(load[2]))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        new CountDownLatch(1).await();
    }

    /// Serves requests that are all there at once; every prompt is split where the budget ends.
    private String steps(int budget, int requests, int input, int output) {
        List<int[]> running = new ArrayList<>();
        List<List<Double>> tokens = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            running.add(new int[] {i, input, output});
            tokens.add(new ArrayList<>());
        }
        double now = 0;
        while (!running.isEmpty()) {
            int left = budget;
            int contextRequests = 0;
            int contextTokens = 0;
            int generating = 0;
            List<int[]> produced = new ArrayList<>();
            for (int[] request : running) {
                int wanted = Math.min(left, request[1] > 0 ? request[1] : 1);
                if (wanted == 0) {
                    break;
                }
                left -= wanted;
                if (request[1] > 0) {
                    contextRequests++;
                    contextTokens += wanted;
                    request[1] -= wanted;
                } else {
                    generating++;
                }
                if (request[1] == 0) {
                    produced.add(request);
                }
            }
            double millis = 5 + 0.04 * contextTokens + 0.2 * generating;
            now += millis / 1000;
            log(String.format(Locale.ROOT, "Iteration(%d): %d context requests, %d context tokens, %d generation requests, %d generation"
                    + " tokens, iteration elapsed time: %.2f ms", iteration++, contextRequests, contextTokens, generating, generating,
                    millis));
            for (int[] request : produced) {
                tokens.get(request[0]).add(now);
                request[2]--;
            }
            running.removeIf(request -> request[2] <= 0);
        }
        return "{\"date\": \"" + LocalDateTime.now(ZoneId.systemDefault()).format(DATE) + "\", \"model_id\": \"m\", \"completed\": "
                + requests
                + ", \"duration\": "
                + now + ", \"request_throughput\": " + requests / now + ", \"input_lens\": " + repeated(requests, input)
                + ", \"output_lens\": " + repeated(requests, output) + ", \"start_times\": " + repeated(requests, 0) + ", \"ttfts\": "
                + tokens.stream().map(List::getFirst).toList() + ", \"itls\": " + tokens.stream().map(StandInVllm::gaps).toList()
                + ", \"errors\": " + tokens.stream().map(_ -> "\"\"").toList() + "}\n";
    }

    private static String repeated(int times, int value) {
        return "[" + String.valueOf(value).concat(", ").repeat(times - 1) + value + "]";
    }

    private static List<Double> gaps(List<Double> times) {
        List<Double> gaps = new ArrayList<>();
        for (int i = 1; i < times.size(); i++) {
            gaps.add(times.get(i) - times.get(i - 1));
        }
        return gaps;
    }

    private void bench() throws IOException, InterruptedException {
        if (args.contains("--dataset-path")) {
            List<String> table = Files.readAllLines(Path.of(option("--dataset-path", "")));
            if (table.size() - 1 != number("--num-prompts", 0) || table.stream().skip(1).anyMatch(row -> !row.contains(",GPT-4,"))) {
                throw new IllegalStateException(
                        "the table is not as it should be: " + table.stream().limit(3).collect(Collectors.toList()));
            }
        }
        String pause = System.getenv("STAND_IN_PAUSE_MILLIS");
        Thread.sleep(pause == null ? 0 : Long.parseLong(pause));
        HttpRequest request = HttpRequest.newBuilder(URI.create(option("--base-url", "") + "/load"))
                .POST(HttpRequest.BodyPublishers.ofString(number("--num-prompts", 1) + " " + number("--random-input-len", 100) + " "
                        + number("--random-output-len", 10)))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            Files.writeString(Path.of(option("--result-filename", "")), client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }
    }
}
