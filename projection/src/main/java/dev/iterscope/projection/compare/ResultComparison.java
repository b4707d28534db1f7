package dev.iterscope.projection.compare;

import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.search.Interval95;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Results of two recordings with the intervals of their changes, from a block bootstrap: time blocks of either recording are drawn with
/// replacement, all results are taken again, and the interval holds the middle 95 % of the changes. Where both served the same requests,
/// the same blocks are drawn in both, so that the workload's own variation cancels. What repetitions of one run are assumed to differ by
/// ([IterationOptions#DEFAULTS]) widens every interval: blocks of one run do not show it. The draws follow from a fixed seed.
///
/// @param changes one per result, in a fixed order
/// @param paired  whether both served the same requests
/// @param blocks  blocks drawn; 0 where too little was observed for intervals
/// @param gapsMissing whether gaps between tokens come from steps although requests were preempted
public record ResultComparison(List<ResultChange> changes, boolean paired, int blocks, boolean gapsMissing) {
    /// What is compared.
    public static final List<String> KEYS = Stream.concat(
            Stream.of("request_throughput", "output_throughput", "total_token_throughput"),
            Stream.concat(
                    Stream.of("ttft", "tpot", "itl", "e2el", "step")
                            .flatMap(name -> Stream.of("mean", "p50", "p95", "p99").map(figure -> figure + "_" + name + "_ms")),
                    Stream.of("preemptions", "peak_kv_usage")))
            .toList();
    private static final int DRAWS = 400;
    private static final int FEWEST_OBSERVATIONS = 8;
    /// Standard deviation of the ratio of two repetitions.
    private static final double REPEATED = Math.sqrt(2) * IterationOptions.DEFAULTS.betweenRunDeviation();
    private static final long SEED = 0x17E85C09EL;

    /// Compares what two recordings achieved.
    public static ResultComparison of(Recording before, Recording after) {
        return of(RecordedResults.of(before), RecordedResults.of(after));
    }

    static ResultComparison of(RecordedResults before, RecordedResults after) {
        int observations = Math.min(before.observations(), after.observations());
        boolean paired = areSame(before.completed(), after.completed());
        int blocks = TimeBlocks.count(observations);
        BlockedResults a = before.blocked(blocks, before.completed());
        BlockedResults b = after.blocked(blocks, paired ? before.completed() : after.completed());
        Map<String, Double> valuesA = a.values(a.blocks().all());
        Map<String, Double> valuesB = b.values(b.blocks().all());
        boolean enough = observations >= FEWEST_OBSERVATIONS;
        Map<String, double[]> drawn = enough ? draw(a, b, paired) : Map.of();
        List<ResultChange> changes = new ArrayList<>();
        for (String key : KEYS) {
            changes.add(change(key, before, valuesA, after, valuesB, Optional.ofNullable(drawn.get(key))));
        }
        return new ResultComparison(
                List.copyOf(changes), paired, enough ? blocks : 0, before.missesPreemptedGaps() || after.missesPreemptedGaps());
    }

    private static ResultChange change(
            String key,
            RecordedResults before,
            Map<String, Double> valuesA,
            RecordedResults after,
            Map<String, Double> valuesB,
            Optional<double[]> drawn) {
        OptionalDouble a = of(valuesA, key);
        OptionalDouble b = of(valuesB, key);
        String unknown = a.isEmpty() ? before.whyUnknown(key) : b.isEmpty() ? after.whyUnknown(key) : "";
        boolean bothSame = before.basis(key) == after.basis(key);
        boolean comparable = a.isPresent() && b.isPresent() && bothSame;
        if (a.isPresent() && b.isPresent() && !bothSame) {
            unknown = "one recording tells it from requests, the other from steps";
        }
        OptionalDouble percent = comparable && a.getAsDouble() != 0
                ? OptionalDouble.of(100 * (b.getAsDouble() / a.getAsDouble() - 1))
                : OptionalDouble.empty();
        Optional<Interval95> interval = percent.isPresent() && !key.equals("peak_kv_usage") ? drawn.map(Interval95::of) : Optional.empty();
        return new ResultChange(key, after.basis(key), a, b, percent, interval, unknown);
    }

    private static OptionalDouble of(Map<String, Double> values, String key) {
        Double value = values.get(key);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /// Changes in per cent by key; a key that some draw leaves without a value, or with 0 before, has none.
    private static Map<String, double[]> draw(BlockedResults a, BlockedResults b, boolean paired) {
        SplittableRandom random = new SplittableRandom(SEED);
        Map<String, double[]> changes = new HashMap<>();
        KEYS.forEach(key -> changes.put(key, new double[DRAWS]));
        for (int i = 0; i < DRAWS; i++) {
            int[] drawnA = TimeBlocks.drawn(a.blocks().count(), random);
            int[] drawnB = paired ? drawnA : TimeBlocks.drawn(b.blocks().count(), random);
            double repeated = Math.exp(REPEATED * random.nextGaussian());
            Map<String, Double> valuesA = a.values(drawnA);
            Map<String, Double> valuesB = b.values(drawnB);
            for (Map.Entry<String, double[]> drawn : changes.entrySet()) {
                String key = drawn.getKey();
                double ratio = valuesB.getOrDefault(key, Double.NaN) / valuesA.getOrDefault(key, Double.NaN);
                drawn.getValue()[i] = 100 * (ratio * repeated - 1);
            }
        }
        changes.values().removeIf(drawn -> Arrays.stream(drawn).anyMatch(change -> !Double.isFinite(change)));
        return changes;
    }

    /// The same requests: ids and lengths agree, in whatever order they arrived.
    private static boolean areSame(List<RequestRecord> before, List<RequestRecord> after) {
        if (before.isEmpty() || before.size() != after.size()) {
            return false;
        }
        Map<String, RequestRecord> byId = new HashMap<>();
        before.forEach(request -> byId.put(request.id(), request));
        return byId.size() == before.size() && after.stream().allMatch(request -> {
            RequestRecord other = byId.get(request.id());
            return other != null && other.promptTokens().equals(request.promptTokens())
                    && other.outputTokens().equals(request.outputTokens());
        });
    }
}
