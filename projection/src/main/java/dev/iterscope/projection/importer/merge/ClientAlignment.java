package dev.iterscope.projection.importer.merge;

import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.RequestRecord;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Finds out when a client's clock stood where on the server's: so that as many of the tokens that the client received as possible came
/// when the server generated some.
///
/// A client counts time from its own begin, so only what both saw can tell. Tokens are counted in bins, first in wide ones over all
/// possible shifts, then in ever narrower ones around the best. The server may have served others too.
final class ClientAlignment {

    private static final long SECOND = 1_000_000_000L;
    /// The finest bins for steps with exact ends; logs print whole seconds.
    private static final long FINEST_NANOS = 10_000_000L;
    private static final int MOST_BINS = 4096;
    private static final int FINER = 8;
    /// Shifts whose shares differ by less fit equally well: a log may hold the same benchmark several times.
    private static final double EQUALLY_GOOD = 0.05;
    /// Weight of how alike the curves are beside the share, for which shifts inside a longer load are all alike.
    private static final double ALIKE_WEIGHT = 0.01;

    private final List<RequestRecord> requests;
    private final List<List<Iteration>> steps;
    private final List<Interval> intervals;
    private final OptionalLong hint;

    /// A shift.
    ///
    /// @param shiftNanos what brings the client's times onto the server's clock
    /// @param share      share of the client's tokens, first ones aside, that fall where the server generated tokens
    record Match(long shiftNanos, double share) {}

    /// @param requests  the client's requests
    /// @param steps     the server's steps, or none
    /// @param intervals its averages, which count where there are no steps
    /// @param hint      about what the shift is, if anything says so
    ClientAlignment(List<RequestRecord> requests, List<List<Iteration>> steps, List<Interval> intervals, OptionalLong hint) {
        this.requests = requests;
        this.steps = steps;
        this.intervals = intervals;
        this.hint = hint;
    }

    /// The best shift; empty where one of the two did not see tokens at known times.
    Optional<Match> find() {
        Span client = new Span();
        receive(client::include);
        Span server = new Span();
        generate((time, _) -> server.include(time, 1));
        if (client.isEmpty() || server.isEmpty()) {
            return Optional.empty();
        }
        long finest = server.wholeSeconds ? SECOND : FINEST_NANOS;
        long width = Math.max(finest, Math.max(client.length(), server.length()) / MOST_BINS + 1);
        Bins received = new Bins(client.first, client.length(), width);
        receive(received::add);
        Bins generated = new Bins(server.first, server.length(), width);
        generate(generated::add);
        int best = best(received, generated, 1 - received.count(), generated.count() - 1, hint);
        long shift = server.first + best * width - client.first;
        double share = received.share(generated, best);
        while (width > finest) {
            width = Math.max(finest, width / FINER);
            received = new Bins(client.first, client.length(), width);
            receive(received::add);
            generated = new Bins(client.first + shift - 2L * FINER * width, client.length() + 4L * FINER * width, width);
            generate(generated::add);
            best = best(received, generated, 0, 4 * FINER, OptionalLong.empty());
            shift = generated.first + best * width - client.first;
            share = received.share(generated, best);
        }
        return Optional.of(new Match(shift, share));
    }

    /// The place of the client's first bin among the server's.
    private static int best(Bins received, Bins generated, int from, int to, OptionalLong expected) {
        double[] scores = new double[to - from + 1];
        double most = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = received.share(generated, from + i) + ALIKE_WEIGHT * received.alike(generated, from + i);
            most = Math.max(most, scores[i]);
        }
        int best = 0;
        long leastDistance = Long.MAX_VALUE;
        for (int i = 0; i < scores.length; i++) {
            boolean candidate = expected.isPresent() ? scores[i] >= most - EQUALLY_GOOD && isPeak(scores, i) : scores[i] == most;
            long distance = expected.isPresent()
                    ? Math.abs(generated.first + (from + i) * generated.width - received.first - expected.getAsLong())
                    : 0;
            if (candidate && distance < leastDistance) {
                best = i;
                leastDistance = distance;
            }
        }
        return from + best;
    }

    private static boolean isPeak(double[] scores, int i) {
        return (i == 0 || scores[i] >= scores[i - 1]) && (i == scores.length - 1 || scores[i] >= scores[i + 1]);
    }

    /// Shows when the client received tokens, each request's first one aside: those the server does not count as generated.
    private void receive(Tokens to) {
        for (RequestRecord request : requests) {
            if (request.arrivalNanos().isEmpty() || request.timeToFirstTokenNanos().isEmpty()) {
                continue;
            }
            long time = request.arrivalNanos().getAsLong() + request.timeToFirstTokenNanos().getAsLong();
            if (!request.interTokenNanos().isEmpty()) {
                for (long gap : request.interTokenNanos()) {
                    time += gap;
                    to.add(time, 1);
                }
            } else if (request.endToEndNanos().isPresent() && request.outputTokens().orElse(0) > 1) {
                int gaps = Math.min(request.outputTokens().getAsInt() - 1, MOST_BINS);
                double gap = (request.endToEndNanos().getAsLong() - request.timeToFirstTokenNanos().getAsLong()) / (double) gaps;
                for (int i = 1; i <= gaps; i++) {
                    to.add(time + Math.round(i * gap), (request.outputTokens().getAsInt() - 1) / (double) gaps);
                }
            }
        }
    }

    /// Shows when the server generated tokens.
    private void generate(Tokens to) {
        boolean any = false;
        for (List<Iteration> engine : steps) {
            for (Iteration step : engine) {
                if (step.endNanos().isPresent() && step.generationTokens() > 0) {
                    to.add(step.endNanos().getAsLong(), step.generationTokens());
                    any = true;
                }
            }
        }
        if (any) {
            return;
        }
        for (Interval interval : intervals) {
            if (interval.endNanos().isPresent() && interval.generationThroughput().orElse(0) > 0) {
                long seconds = Math.clamp(interval.spanNanos().orElse(10 * SECOND) / SECOND, 1, 3600);
                for (long second = 0; second < seconds; second++) {
                    to.add(interval.endNanos().getAsLong() - second * SECOND, interval.generationThroughput().getAsDouble());
                }
            }
        }
    }

    /// Is shown tokens.
    private interface Tokens {
        void add(long time, double count);
    }

    /// The time between the first and the last tokens.
    private static final class Span {
        private long first = Long.MAX_VALUE;
        private long last = Long.MIN_VALUE;
        private boolean wholeSeconds = true;

        private void include(long time, double count) {
            first = count > 0 ? Math.min(first, time) : first;
            last = Math.max(last, time);
            wholeSeconds &= time % SECOND == 0;
        }

        private boolean isEmpty() {
            return first > last;
        }

        private long length() {
            return last - first;
        }
    }

    /// Tokens by time.
    private static final class Bins {
        private final long first;
        private final long width;
        private final double[] tokens;
        private double sum;

        private Bins(long first, long length, long width) {
            this.first = first;
            this.width = width;
            this.tokens = new double[Math.toIntExact(length / width) + 1];
        }

        private int count() {
            return tokens.length;
        }

        private void add(long time, double count) {
            long bin = Math.floorDiv(time - first, width);
            if (bin >= 0 && bin < tokens.length) {
                tokens[(int) bin] += count;
                sum += count;
            }
        }

        /// The share of these tokens that stand beside tokens of the other's.
        private double share(Bins other, int place) {
            return sum == 0 ? 0 : common(other, place) / sum;
        }

        /// Common tokens over those of either within this span.
        private double alike(Bins other, int place) {
            double either = 0;
            for (int i = 0; i < tokens.length; i++) {
                either += Math.max(tokens[i], other.at(i + place));
            }
            return either == 0 ? 0 : common(other, place) / either;
        }

        private double common(Bins other, int place) {
            double common = 0;
            for (int i = 0; i < tokens.length; i++) {
                common += Math.min(tokens[i], other.at(i + place));
            }
            return common;
        }

        private double at(int bin) {
            return bin >= 0 && bin < tokens.length ? tokens[bin] : 0;
        }
    }
}
