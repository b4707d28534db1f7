package dev.iterscope.projection.metrics;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTiming;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Collects [ServingMetrics] from a step loop, in the engine as in a simulation, so that both are measured alike.
///
/// A token exists when its step's result is there. Keeps 40 bytes per request in arrays indexed by the sequence's number, and
/// 8 bytes per step for the gaps between tokens, so that percentiles are exact. Not thread-safe: read it when the loop has ended, or on
/// the loop's thread.
public final class MetricsCollector implements StepObserver {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final long NANOS_IN_SECOND = 1_000_000_000L;
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final TokenGaps gaps = new TokenGaps();

    private long[] arrival;
    private long[] firstToken;
    private long[] lastToken;
    private int[] promptTokens;
    private int[] outputTokens;
    private byte[] ended;
    private int sequences;

    /// How a request ended; 0 while it is open.
    private static final byte COMPLETED = 1;
    private static final byte FAILED = 2;

    private long rejected;
    private long firstArrival = Long.MAX_VALUE;
    private long lastResult;
    private long iterations;
    private long preemptions;
    private double peakKvUsage;
    private long second;
    private long tokensInSecond;
    private long peakTokensInSecond;
    /// Tokens by second from the first arrival on; kept only for collectors of one rank of several, which are added up.
    private final @Nullable Map<Long, Long> tokensBySecond;

    /// @param expectedRequests how many requests to make room for; more are taken too
    public MetricsCollector(int expectedRequests) {
        this(expectedRequests, null);
    }

    /// A collector that will be added to others: of one of several engines that share a workload.
    ///
    /// @param expectedRequests  how many requests to make room for; more are taken too
    /// @param firstArrivalNanos the first arrival at any of the engines, from which seconds are counted
    public static MetricsCollector ofRank(int expectedRequests, long firstArrivalNanos) {
        MetricsCollector collector = new MetricsCollector(expectedRequests, new HashMap<>());
        collector.firstArrival = firstArrivalNanos;
        return collector;
    }

    private MetricsCollector(int expectedRequests, @Nullable Map<Long, Long> tokensBySecond) {
        this.tokensBySecond = tokensBySecond;
        int size = Math.max(16, expectedRequests);
        arrival = new long[size];
        firstToken = new long[size];
        lastToken = new long[size];
        promptTokens = new int[size];
        outputTokens = new int[size];
        ended = new byte[size];
    }

    @Override
    public void arrived(Request request, long nowNanos) {
        firstArrival = Math.min(firstArrival, request.arrivalNanos());
    }

    @Override
    public void rejected(Request request, String reason, long nowNanos) {
        rejected++;
    }

    @Override
    public void planned(StepPlan plan, long nowNanos) {
        if (plan.isEmpty()) {
            return;
        }
        iterations++;
        preemptions += plan.counts().preemptions();
        peakKvUsage = Math.max(peakKvUsage, plan.counts().kvUsage());
    }

    @Override
    public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
        long now = timing.resultNanos();
        lastResult = now;
        long tokens = 0;
        long pendingGap = UNKNOWN;
        long pendingCount = 0;
        int size = plan.size();
        for (int i = 0; i < size; i++) {
            Sequence sequence = plan.sequence(i);
            int number = sequence.number();
            int before = number < sequences ? outputTokens[number] : 0;
            int count = sequence.outputTokens() - before;
            if (count == 0) {
                continue; // a chunk that does not end its prompt, or a request that has ended meanwhile
            }
            if (before == 0) {
                admit(sequence);
                firstToken[number] = now;
            } else {
                long gap = now - lastToken[number];
                if (gap != pendingGap) { // gaps of a decode step are mostly equal
                    gaps.add(pendingGap, pendingCount);
                    pendingGap = gap;
                    pendingCount = 0;
                }
                pendingCount++;
            }
            tokens += count;
            outputTokens[number] = before + count;
            lastToken[number] = now;
        }
        gaps.add(pendingGap, pendingCount);
        countTokens(now, tokens);
    }

    private void countTokens(long now, long tokens) {
        long nowSecond = (now - firstArrival) / NANOS_IN_SECOND;
        if (tokensBySecond != null) {
            tokensBySecond.merge(nowSecond, tokens, Long::sum);
            return;
        }
        if (nowSecond != second) {
            second = nowSecond;
            tokensInSecond = 0;
        }
        tokensInSecond += tokens;
        peakTokensInSecond = Math.max(peakTokensInSecond, tokensInSecond);
    }

    private void admit(Sequence sequence) {
        int number = sequence.number();
        if (number >= arrival.length) {
            grow(Math.max(number + 1, arrival.length * 2));
        }
        sequences = Math.max(sequences, number + 1);
        arrival[number] = sequence.request().arrivalNanos();
        promptTokens[number] = sequence.request().promptTokens();
    }

    private void grow(int size) {
        arrival = Arrays.copyOf(arrival, size);
        firstToken = Arrays.copyOf(firstToken, size);
        lastToken = Arrays.copyOf(lastToken, size);
        promptTokens = Arrays.copyOf(promptTokens, size);
        outputTokens = Arrays.copyOf(outputTokens, size);
        ended = Arrays.copyOf(ended, size);
    }

    @Override
    public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
        if (sequence.number() >= sequences) {
            admit(sequence);
        }
        boolean complete = reason == FinishReason.STOP || reason == FinishReason.LENGTH;
        ended[sequence.number()] = complete ? COMPLETED : FAILED;
    }

    /// Everything that the collectors of several engines have seen, as if one had: latencies over all requests, steps and preemptions
    /// added up, the highest KV usage of any.
    ///
    /// @param ranks made by [#ofRank] with the same first arrival
    public static MetricsCollector sum(List<MetricsCollector> ranks) {
        MetricsCollector all = new MetricsCollector(ranks.stream().mapToInt(rank -> rank.sequences).sum());
        Map<Long, Long> seconds = new HashMap<>();
        for (MetricsCollector rank : ranks) {
            all.append(rank);
            if (rank.tokensBySecond != null) {
                rank.tokensBySecond.forEach((second, tokens) -> seconds.merge(second, tokens, Long::sum));
            }
        }
        all.peakTokensInSecond = seconds.values().stream().mapToLong(Long::longValue).max().orElse(0);
        return all;
    }

    private void append(MetricsCollector other) {
        int n = other.sequences;
        System.arraycopy(other.arrival, 0, arrival, sequences, n);
        System.arraycopy(other.firstToken, 0, firstToken, sequences, n);
        System.arraycopy(other.lastToken, 0, lastToken, sequences, n);
        System.arraycopy(other.promptTokens, 0, promptTokens, sequences, n);
        System.arraycopy(other.outputTokens, 0, outputTokens, sequences, n);
        System.arraycopy(other.ended, 0, ended, sequences, n);
        sequences += n;
        gaps.addAll(other.gaps);
        rejected += other.rejected;
        firstArrival = Math.min(firstArrival, other.firstArrival);
        lastResult = Math.max(lastResult, other.lastResult);
        iterations += other.iterations;
        preemptions += other.preemptions;
        peakKvUsage = Math.max(peakKvUsage, other.peakKvUsage);
    }

    /// The metrics of what has ended so far.
    ///
    /// @param limits what a good request keeps; goodput is empty when they are
    public ServingMetrics metrics(GoodputLimits limits) {
        double[] ttft = new double[sequences];
        double[] tpot = new double[sequences];
        double[] e2el = new double[sequences];
        int completed = 0;
        int withTpot = 0;
        long failed = rejected;
        long input = 0;
        long output = 0;
        long good = 0;
        for (int i = 0; i < sequences; i++) {
            if (ended[i] != COMPLETED) {
                failed += ended[i] == FAILED ? 1 : 0;
                continue;
            }
            input += promptTokens[i];
            output += outputTokens[i];
            ttft[completed] = firstToken[i] - arrival[i];
            e2el[completed] = lastToken[i] - arrival[i];
            double perToken = 0;
            if (outputTokens[i] > 1) {
                perToken = (double) (lastToken[i] - firstToken[i]) / (outputTokens[i] - 1);
                tpot[withTpot++] = perToken;
            }
            good += isGood(limits, ttft[completed], perToken, e2el[completed]) ? 1 : 0;
            completed++;
        }
        double seconds = iterations == 0 ? 0 : Math.max(0, lastResult - firstArrival) / NANOS_PER_SECOND;
        long concurrent = peakConcurrency(completed);
        return new ServingMetrics(
                seconds,
                completed,
                failed,
                input,
                output,
                limits.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(seconds > 0 ? good / seconds : 0),
                peakTokensInSecond,
                concurrent,
                Percentiles.exact(ttft, completed),
                Percentiles.exact(tpot, withTpot),
                gaps.summary(),
                Percentiles.exact(e2el, completed),
                new ServingMetrics.EngineWork(iterations, preemptions, peakKvUsage));
    }

    private static boolean isGood(GoodputLimits limits, double ttft, double tpot, double e2el) {
        return ttft <= limits.ttftMs() * 1e6 && tpot <= limits.tpotMs() * 1e6 && e2el <= limits.e2elMs() * 1e6;
    }

    /// Most requests whose time touches the same whole second, counted from the first arrival.
    private long peakConcurrency(int completed) {
        long[] opens = new long[completed];
        long[] closes = new long[completed];
        int n = 0;
        for (int i = 0; i < sequences; i++) {
            if (ended[i] == COMPLETED) {
                opens[n] = Math.floorDiv(arrival[i] - firstArrival, NANOS_IN_SECOND);
                closes[n++] = Math.floorDiv(lastToken[i] - firstArrival, NANOS_IN_SECOND);
            }
        }
        Arrays.sort(opens);
        Arrays.sort(closes);
        int peak = 0;
        int closed = 0;
        for (int opened = 0; opened < n; opened++) {
            while (closes[closed] < opens[opened]) {
                closed++;
            }
            peak = Math.max(peak, opened + 1 - closed);
        }
        return peak;
    }
}
