package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import dev.iterscope.engine.request.UserInputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/// Makes workloads from files, recordings' traces, or a seed. Everything is a pure function of file and options: the same seed gives the
/// same requests.
public final class Workloads {
    private static final double NANOS_PER_SECOND = 1e9;

    private Workloads() {}

    /// The workload of a file, or synthetic work where no file is given.
    ///
    /// @param options what the user asked for
    /// @param eosTokenId the model's end-of-sequence token, used where it is not to be ignored
    /// @throws UserInputException when the file cannot be used or the options contradict it
    public static Workload make(WorkloadOptions options, OptionalInt eosTokenId) {
        Trace trace = options.file().isPresent()
                ? TraceFile.read(options.file().get(), options.numPrompts().orElse(Integer.MAX_VALUE))
                : synthetic(options);
        return apply(trace, options, eosTokenId);
    }

    /// Applies scenario, rate, concurrency and number of requests to a trace.
    ///
    /// @throws UserInputException when recorded times are asked for and the trace has none
    public static Workload apply(Trace trace, WorkloadOptions options, OptionalInt eosTokenId) {
        List<TraceEntry> entries = trace.entries();
        if (options.numPrompts().isPresent() && options.numPrompts().getAsInt() < entries.size()) {
            entries = entries.subList(0, options.numPrompts().getAsInt());
        }
        Timing timing = timing(trace, entries, options);
        Map<Integer, StopRules> rules = new HashMap<>();
        List<Request> requests = new ArrayList<>(entries.size());
        OptionalInt eos = options.ignoreEos() ? OptionalInt.empty() : eosTokenId;
        for (int i = 0; i < entries.size(); i++) {
            TraceEntry entry = entries.get(i);
            StopRules stop = rules.computeIfAbsent(
                    entry.outputTokens(), tokens -> new StopRules(tokens, 0, eos, List.of()));
            Prompt prompt = entry.prompt().orElse(new Prompt.Seeded(entry.inputTokens(), contentSeed(options.seed(), i)));
            requests.add(new Request(
                    entry.id(),
                    prompt,
                    stop,
                    SamplingParams.GREEDY,
                    entry.priority(),
                    timing.arrivalNanos()[i],
                    Request.CacheKey.TOKENS,
                    entry.encoderInputs()));
        }
        OptionalInt concurrency = options.maxConcurrency();
        if (concurrency.isEmpty() && trace.concurrency().isPresent() && timing.resent()) {
            concurrency = OptionalInt.of(trace.concurrency().get());
        }
        return new Workload(
                trace.source() + ", " + timing.words(), requests, concurrency,
                join(join(trace.assumption(), tooFew(options, entries.size())), timing.assumption()));
    }

    private static String tooFew(WorkloadOptions options, int requests) {
        int wanted = options.numPrompts().orElse(requests);
        return wanted > requests ? "there are " + requests + " requests, fewer than --num-prompts " + wanted : "";
    }

    /// Arrival times and how to say them.
    ///
    /// @param resent true when the trace's own way of sending (rate, concurrency) was repeated
    @SuppressWarnings("ArrayRecordComponent") // passed from one method to the next, never compared
    private record Timing(long[] arrivalNanos, String words, String assumption, boolean resent) {}

    private static Timing timing(Trace trace, List<TraceEntry> entries, WorkloadOptions options) {
        boolean timed = trace.hasArrivals();
        Scenario scenario = options.scenario().orElseGet(() -> defaultScenario(timed, options.requestRate()));
        double burstiness = options.burstiness().orElse(trace.burstiness().orElse(1));
        boolean asTheFileSays =
                options.scenario().isEmpty() && options.requestRate().isEmpty() && trace.requestRate().isPresent() && !timed;
        if (asTheFileSays) {
            double rate = trace.requestRate().getAsDouble();
            return Double.isInfinite(rate)
                    ? new Timing(new long[entries.size()], "all at once", "", true)
                    : new Timing(
                            Gaps.arrivals(entries.size(), rate, burstiness, options.seed()),
                            "at the file's request rate",
                            "arrival times are drawn anew at the file's request rate, since the file has none",
                            true);
        }
        return switch (scenario) {
            case OFFLINE -> new Timing(new long[entries.size()], "all at once", "", false);
            case SERVER -> new Timing(
                    Gaps.arrivals(entries.size(), options.requestRate().orElseThrow(), burstiness, options.seed()),
                    "random arrivals",
                    "",
                    false);
            case RECORDED -> recorded(trace, entries, options.requestRate());
        };
    }

    private static Scenario defaultScenario(boolean timed, OptionalDouble requestRate) {
        boolean infinite = requestRate.isPresent() && Double.isInfinite(requestRate.getAsDouble());
        if (timed && !infinite) {
            return Scenario.RECORDED;
        }
        return requestRate.isPresent() && !infinite ? Scenario.SERVER : Scenario.OFFLINE;
    }

    private static Timing recorded(Trace trace, List<TraceEntry> entries, OptionalDouble requestRate) {
        if (!trace.hasArrivals()) {
            throw UserInputException.usage("--scenario recorded needs arrival times, and " + trace.source()
                    + " has none; use --scenario offline, or server with --request-rate");
        }
        double first = entries.getFirst().arrivalSeconds().orElseThrow();
        double span = entries.getLast().arrivalSeconds().orElseThrow() - first;
        double scale = 1;
        boolean scaled = requestRate.isPresent() && Double.isFinite(requestRate.getAsDouble()) && span > 0;
        if (scaled) {
            scale = (entries.size() - 1) / span / requestRate.getAsDouble();
        }
        long[] nanos = new long[entries.size()];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = Math.round((entries.get(i).arrivalSeconds().orElseThrow() - first) * scale * NANOS_PER_SECOND);
        }
        return new Timing(nanos, scaled ? "recorded arrivals scaled to the request rate" : "recorded arrivals", "", false);
    }

    private static Trace synthetic(WorkloadOptions options) {
        int count = options.numPrompts().orElse(WorkloadOptions.DEFAULT_NUM_PROMPTS);
        int input = options.randomInputLen().orElse(WorkloadOptions.DEFAULT_INPUT_LEN);
        int output = options.randomOutputLen().orElse(WorkloadOptions.DEFAULT_OUTPUT_LEN);
        double ratio = options.randomRangeRatio().orElse(0);
        SplittableRandom random = new SplittableRandom(options.seed());
        List<TraceEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(TraceEntry.of(
                    "random-" + i, OptionalDouble.empty(), length(random, input, ratio), length(random, output, ratio)));
        }
        String spread = ratio == 0 ? "" : " +-" + Math.round(ratio * 100) + " %";
        return Trace.of("synthetic " + count + " x " + input + " in, " + output + " out" + spread, entries, "");
    }

    /// Uniform between floor(mean (1 - ratio)) and ceil(mean (1 + ratio)), as the `random` data set of `vllm bench serve` has it.
    private static int length(SplittableRandom random, int mean, double ratio) {
        int low = Math.max(1, (int) Math.floor(mean * (1 - ratio)));
        int high = Math.max(low, (int) Math.ceil(mean * (1 + ratio)));
        return ratio == 0 ? mean : random.nextInt(low, high + 1);
    }

    /// Identity of the content of prompt `index`: distinct prompts share nothing, and another seed gives other prompts.
    private static long contentSeed(long seed, int index) {
        return (seed + 1) * 0x9E3779B97F4A7C15L + index;
    }

    private static String join(String first, String second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first + second;
        }
        return first + "; " + second;
    }
}
