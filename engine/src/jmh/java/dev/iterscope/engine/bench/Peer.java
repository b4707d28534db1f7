package dev.iterscope.engine.bench;

import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.RunResult;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.step.RequestTimeline;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// The engine's side of a benchmark beside another implementation: loads the shape of Qwen3-0.6B in BF16, then answers each line of
/// standard input with seconds.
///
/// `prefill N`: a prompt of N tokens until its first token. `decode CONTEXT N`: N tokens after the first, behind a prompt of CONTEXT
/// tokens. `concurrent REQUESTS PROMPT N`: so many requests at once, until the last token of the last.
///
///     bin/bench engine -main dev.iterscope.engine.bench.Peer [THREADS]
public final class Peer {
    private static final int BUDGET = 512;
    private static final int MAX_SEQS = 64;
    private static final int MAX_LENGTH = 4096;
    private static final long MEMORY = 4L << 30;

    private final Engine engine;
    private long seed;

    private Peer(Engine engine) {
        this.engine = engine;
    }

    /// Serves until standard input ends.
    public static void main(String[] arguments) throws IOException {
        ModelConfig model = ModelPresets.find("qwen3-0.6b").orElseThrow();
        EngineConfig config = EngineConfig.defaults(model)
                .withScheduler(SchedulerConfig.of(BUDGET, MAX_SEQS, MAX_LENGTH).withAsyncScheduling(true))
                .withMemoryBytes(MEMORY);
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : config.threads();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Engine engine = Engine.open(config.withThreads(threads))) {
            Peer peer = new Peer(engine);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.printf(Locale.ROOT, "%.6f%n", peer.seconds(line.strip().split(" ", -1)));
                System.out.flush();
            }
        }
    }

    private double seconds(String[] words) {
        return switch (words[0]) {
            case "prefill" -> toFirstToken(run(1, Integer.parseInt(words[1]), 1));
            case "decode" -> afterFirstToken(run(1, Integer.parseInt(words[1]), Integer.parseInt(words[2]) + 1));
            case "concurrent" ->
                    run(Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3])).wallNanos() * 1e-9;
            default -> throw new IllegalArgumentException("prefill, decode or concurrent, not " + words[0]);
        };
    }

    /// Prompts that no earlier run shares, so that nothing is found in the prefix cache.
    private RunResult run(int requests, int prompt, int tokens) {
        List<Request> list = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            list.add(Request.of("r" + i, new Prompt.Seeded(prompt, seed++), tokens, 0));
        }
        return engine.run(list, OptionalInt.empty());
    }

    private static double toFirstToken(RunResult result) {
        RequestTimeline request = result.timelines().getFirst();
        return (request.firstTokenNanos().orElseThrow() - request.arrivalNanos()) * 1e-9;
    }

    private static double afterFirstToken(RunResult result) {
        RequestTimeline request = result.timelines().getFirst();
        return (request.lastTokenNanos().orElseThrow() - request.firstTokenNanos().orElseThrow()) * 1e-9;
    }
}
