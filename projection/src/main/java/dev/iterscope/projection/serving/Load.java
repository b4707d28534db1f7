package dev.iterscope.projection.serving;

import dev.iterscope.engine.request.Request;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// Requests as a load generator is told of them: their number, lengths and rate. Generators send random contents at random times, so what
/// recorded arrival times and shared prefixes add is lost.
///
/// @param requests       their number
/// @param inputTokens    mean prompt length
/// @param outputTokens   mean output length
/// @param rangeRatio     half-width of the lengths' uniform distribution as a share of the mean, in [0, 1)
/// @param requestRate    mean requests/s; empty for all at once
/// @param burstiness     shape of the gaps' gamma distribution; empty for 1, Poisson
/// @param maxConcurrency most requests open at once; empty for no limit
/// @param seed           seed of lengths and gaps
/// @param longest        prompt and output tokens of the longest request
/// @param lengths        lengths of each request, in order of arrival
public record Load(
        int requests, int inputTokens, int outputTokens, double rangeRatio, OptionalDouble requestRate, OptionalDouble burstiness,
        OptionalInt maxConcurrency, long seed, int longest, List<Lengths> lengths) {

    private static final double WIDEST = 0.99;

    /// Lengths of a request.
    ///
    /// @param inputTokens  its prompt
    /// @param outputTokens its output
    public record Lengths(int inputTokens, int outputTokens) {}

    /// Keeps an unmodifiable copy.
    public Load {
        lengths = List.copyOf(lengths);
    }

    /// The load of a workload.
    ///
    /// @param options what the user asked for; where that are lengths and a rate, these and not the means of what was drawn
    public static Load of(Workload workload, WorkloadOptions options) {
        List<Lengths> lengths = workload.requests().stream()
                .map(request -> new Lengths(request.promptTokens(), request.stopRules().maxTokens()))
                .toList();
        double input = lengths.stream().mapToInt(Lengths::inputTokens).average().orElse(1);
        double output = lengths.stream().mapToInt(Lengths::outputTokens).average().orElse(1);
        boolean synthetic = options.asksForSynthetic();
        return new Load(
                lengths.size(),
                synthetic ? options.randomInputLen().orElse(WorkloadOptions.DEFAULT_INPUT_LEN) : Math.max(1, (int) Math.round(input)),
                synthetic ? options.randomOutputLen().orElse(WorkloadOptions.DEFAULT_OUTPUT_LEN) : Math.max(1, (int) Math.round(output)),
                synthetic ? options.randomRangeRatio().orElse(0) : ratio(lengths, input),
                options.requestRate().isPresent() && options.file().isEmpty() ? finite(options.requestRate()) : rate(workload.requests()),
                options.burstiness(),
                workload.maxConcurrency(),
                options.seed(),
                lengths.stream().mapToInt(one -> one.inputTokens() + one.outputTokens()).max().orElse(2),
                synthetic ? List.of() : lengths);
    }

    private static OptionalDouble finite(OptionalDouble rate) {
        return Double.isFinite(rate.orElse(Double.POSITIVE_INFINITY)) ? rate : OptionalDouble.empty();
    }

    /// A uniform distribution of half-width r x mean has the standard deviation r x mean / sqrt(3).
    private static double ratio(List<Lengths> lengths, double mean) {
        double variance = lengths.stream().mapToDouble(one -> Math.pow(one.inputTokens() - mean, 2)).average().orElse(0);
        return Math.round(1000 * Math.min(WIDEST, Math.sqrt(3 * variance) / mean)) / 1000.0;
    }

    private static OptionalDouble rate(List<Request> requests) {
        double seconds = requests.isEmpty() ? 0 : (requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos()) / 1e9;
        return seconds > 0 ? OptionalDouble.of((requests.size() - 1) / seconds) : OptionalDouble.empty();
    }

    /// The load of one length of which every request is at most so long; empty where the mean request is longer.
    ///
    /// @param tokens most tokens of a prompt and its output
    public Optional<Load> within(long tokens) {
        if (longest <= tokens) {
            return Optional.of(this);
        }
        double mean = inputTokens + outputTokens;
        double widest = Math.floor(1000 * (tokens / mean - 1) + 1e-6) / 1000;
        return widest < 0
                ? Optional.empty()
                : Optional.of(
                        new Load(requests, inputTokens, outputTokens, Math.min(rangeRatio, widest), requestRate, burstiness, maxConcurrency,
                                seed, (int) tokens,
                                lengths.stream().filter(one -> one.inputTokens() + one.outputTokens() <= tokens).toList()));
    }

    /// A few of these requests at once, with another seed: contents that the load itself does not have.
    Load warmUp(int most) {
        return new Load(Math.min(most, requests), inputTokens, outputTokens, rangeRatio, OptionalDouble.empty(), OptionalDouble.empty(),
                maxConcurrency, seed + 1, longest, List.of());
    }

    /// Whether all requests are of one length.
    boolean isOfOneLength() {
        return rangeRatio == 0;
    }

    /// The rate as load generators take it.
    String rateText() {
        return requestRate.isPresent() ? number(requestRate.getAsDouble()) : "inf";
    }

    /// A number with four significant digits and without an exponent.
    static String number(double value) {
        int digits = value > 0 ? Math.clamp(3 - (int) Math.floor(Math.log10(value)), 0, 9) : 0;
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
