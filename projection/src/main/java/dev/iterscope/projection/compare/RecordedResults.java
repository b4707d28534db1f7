package dev.iterscope.projection.compare;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/// What a recorded service achieved, by the keys and definitions of `vllm bench serve`: from the requests where they are recorded, from
/// the steps what those can tell. What neither tells is left out.
public final class RecordedResults {
    private static final Set<String> COMPLETE = Set.of("stop", "length");
    private static final double NANOS_PER_SECOND = 1e9;

    private final Recording recording;
    private final List<RequestRecord> completed;
    private final TimedSamples times;

    /// What a result is taken from.
    public enum Basis {
        /// Recorded requests.
        REQUESTS,
        /// Steps: every token of a generating request is one step's.
        STEPS
    }

    private RecordedResults(Recording recording) {
        this.recording = recording;
        this.completed = recording.requests().stream()
                .filter(RecordedResults::isCompleted)
                .sorted(Comparator.comparingLong(request -> request.arrivalNanos().orElse(0)))
                .toList();
        this.times = TimedSamples.of(recording, completed);
    }

    /// The results of a recording.
    public static RecordedResults of(Recording recording) {
        return new RecordedResults(recording);
    }

    private static boolean isCompleted(RequestRecord request) {
        return request.finishReason().map(COMPLETE::contains).orElse(true)
                && request.outputTokens().orElse(0) > 0
                && (request.endToEndNanos().isPresent() || request.timeToFirstTokenNanos().isPresent());
    }

    /// Requests that completed, in the order of their arrival.
    List<RequestRecord> completed() {
        return completed;
    }

    /// Requests where they are recorded, else steps.
    int observations() {
        return completed.isEmpty() ? times.steps().size() : completed.size();
    }

    /// All results that the recording tells.
    public Map<String, Double> values() {
        BlockedResults blocked = blocked(1, completed);
        return blocked.values(blocked.blocks().all());
    }

    /// What a result is taken from; it need not be known.
    public Basis basis(String key) {
        boolean fromRequests = !completed.isEmpty();
        if (key.endsWith("_step_ms") || key.equals("preemptions") || key.equals("peak_kv_usage")) {
            return Basis.STEPS;
        }
        return key.endsWith("_itl_ms") ? hasGaps() ? Basis.REQUESTS : Basis.STEPS : fromRequests ? Basis.REQUESTS : Basis.STEPS;
    }

    /// Why a result is not known.
    public String whyUnknown(String key) {
        if (key.endsWith("_ttft_ms") || key.endsWith("_tpot_ms") || key.endsWith("_e2el_ms")) {
            return completed.isEmpty()
                    ? "no requests are recorded, and steps do not tell it"
                    : "the recorded requests do not tell it";
        }
        if (key.endsWith("_itl_ms") || key.endsWith("_step_ms")) {
            return recording.iterations().isEmpty() ? "no steps are recorded" : "the recorded times do not tell single steps apart";
        }
        return key.equals("request_throughput") ? "no requests are recorded" : "the recording does not tell it";
    }

    /// Whether gaps between tokens come from steps although requests were preempted: the gaps over a preemption are then missing.
    boolean missesPreemptedGaps() {
        return !hasGaps() && !times.gaps().isEmpty() && preemptions().orElse(0) > 0;
    }

    private boolean hasGaps() {
        return !completed.isEmpty()
                && completed.stream().allMatch(request -> request.outputTokens().orElse(0) == 1 || !request.interTokenNanos().isEmpty())
                && completed.stream().anyMatch(request -> !request.interTokenNanos().isEmpty());
    }

    private OptionalLong preemptions() {
        long known = recording.iterations().stream().filter(step -> step.preemptions().isPresent()).count();
        return known == 0
                ? OptionalLong.empty()
                : OptionalLong.of(recording.iterations().stream().mapToLong(step -> step.preemptions().orElse(0)).sum());
    }

    /// The results cut into time blocks.
    ///
    /// @param inOrder the requests in the order in which blocks take them
    BlockedResults blocked(int count, List<RequestRecord> inOrder) {
        TimeBlocks blocks = TimeBlocks.of(count, times, inOrder);
        Map<String, BlockedSamples> latencies = new LinkedHashMap<>();
        latencies.put("ttft", perRequest(blocks, RequestRecord::timeToFirstTokenNanos));
        latencies.put("tpot", perRequest(blocks, RequestRecord::meanTimePerOutputTokenNanos));
        latencies.put("itl", hasGaps() ? recordedGaps(blocks) : timed(blocks, times.gaps()));
        latencies.put("e2el", perRequest(blocks, RequestRecord::endToEndNanos));
        latencies.put("step", timed(blocks, times.steps()));
        return new BlockedResults(blocks, tokens(blocks), latencies, preempted(blocks), peakKvUsage());
    }

    private BlockedSamples perRequest(TimeBlocks blocks, Function<RequestRecord, OptionalLong> value) {
        List<BlockedSamples.Sample> samples = new ArrayList<>();
        for (RequestRecord request : completed) {
            value.apply(request).ifPresent(nanos -> samples.add(new BlockedSamples.Sample(nanos, 1, blocks.of(request))));
        }
        return new BlockedSamples(samples);
    }

    private BlockedSamples recordedGaps(TimeBlocks blocks) {
        List<BlockedSamples.Sample> samples = new ArrayList<>();
        for (RequestRecord request : completed) {
            request.interTokenNanos().forEach(gap -> samples.add(new BlockedSamples.Sample(gap, 1, blocks.of(request))));
        }
        return new BlockedSamples(samples);
    }

    private static BlockedSamples timed(TimeBlocks blocks, List<TimedSamples.Timed> timed) {
        return new BlockedSamples(timed.stream()
                .map(span -> new BlockedSamples.Sample(span.nanos(), span.count(), blocks.at(span.position())))
                .toList());
    }

    /// Tokens and completions by block; empty where no span is known.
    private Optional<BlockedResults.Tokens> tokens(TimeBlocks blocks) {
        if (times.startNanos().isEmpty() || times.endNanos().isEmpty()) {
            return Optional.empty();
        }
        BlockedResults.Tokens tokens = new BlockedResults.Tokens(
                (blocks.endNanos() - blocks.startNanos()) / NANOS_PER_SECOND, !completed.isEmpty(), blocks.count());
        completed.forEach(request -> spread(request, blocks, tokens));
        if (completed.isEmpty()) {
            for (int i = 0; i < times.positions().size(); i++) {
                Iteration step = recording.iterations().get(i);
                tokens.addAt(blocks.at(times.positions().get(i)), step.contextTokens(), step.generationRequests());
            }
        }
        return Optional.of(tokens);
    }

    /// A request is served from its arrival to its last token: its prompt until the first token, its output after it. Counted at its end
    /// alone, what a block served would depend on which requests happen to end in it.
    private static void spread(RequestRecord request, TimeBlocks blocks, BlockedResults.Tokens tokens) {
        long end = TimedSamples.endOf(request).orElse(blocks.endNanos());
        long arrival = request.arrivalNanos().orElse(end);
        long first = arrival + Math.min(request.timeToFirstTokenNanos().orElse(0), end - arrival);
        tokens.addRequests(blocks.spread(arrival, end, 1));
        tokens.addInput(blocks.spread(arrival, first, request.promptTokens().orElse(0)));
        tokens.addOutput(blocks.spread(first, end, request.outputTokens().orElse(0)));
    }

    private Optional<double[]> preempted(TimeBlocks blocks) {
        if (preemptions().isEmpty()) {
            return Optional.empty();
        }
        double[] by = new double[blocks.count()];
        for (int i = 0; i < times.positions().size(); i++) {
            by[blocks.at(times.positions().get(i))] += recording.iterations().get(i).preemptions().orElse(0);
        }
        return Optional.of(by);
    }

    private Optional<Double> peakKvUsage() {
        return recording.iterations().stream()
                .flatMap(step -> step.kv().stream())
                .flatMap(kv -> share(kv).stream().boxed())
                .max(Comparator.naturalOrder());
    }

    /// Of blocks where they are known: some sources round the share to a tenth of a per cent.
    private static OptionalDouble share(Iteration.KvUsage kv) {
        return kv.blocksUsed().isPresent() && kv.blocksTotal().orElse(0) > 0
                ? OptionalDouble.of(kv.blocksUsed().getAsLong() / (double) kv.blocksTotal().getAsLong())
                : kv.share();
    }
}
