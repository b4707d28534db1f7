package dev.iterscope.projection.workload;

import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// A workload guessed from the counts of steps, for logs that do not show requests.
///
/// Scheduling first come, first served, a step's context requests all finish their prompts but the last, which the token budget may
/// have cut. So the number of finished prompts follows, and from the change of generating requests how many requests ended. Mean
/// lengths are tokens over those numbers. What cannot be seen, because no request ended while the log ran, is assumed and said.
public final class InferredWorkload {
    /// Output length assumed where none can be seen: the default of `vllm bench serve`'s random data set.
    static final int ASSUMED_OUTPUT = 128;

    private static final int FEWEST_ENDED = 5;
    private static final int MOST_REQUESTS = 2000;
    private static final int MOST_OPEN = 100_000;

    private final List<Iteration> steps;
    private final int budget;
    private final boolean sglang;
    private long promptsDone;
    private long ended;
    private long contextTokens;
    private long generationTokens;
    private int mostOpen;

    private InferredWorkload(List<Iteration> steps, int budget, boolean sglang) {
        this.steps = steps;
        this.sglang = sglang;
        this.budget = budget;
    }

    /// A guess and what it rests on.
    ///
    /// @param trace      the requests
    /// @param outputSeen whether output lengths were seen, not assumed
    public record Guess(Trace trace, boolean outputSeen) {}

    /// The guess; empty when no prompt was seen to finish.
    ///
    /// @param recording a recording without requests
    /// @param budget    its max-num-batched-tokens
    /// @param ranks     engines that will serve it: each gets what the first one recorded had
    public static Optional<Guess> of(Recording recording, int budget, int ranks) {
        int engine = recording.iterations().stream().mapToInt(Iteration::engine).min().orElse(0);
        List<Iteration> steps = recording.iterations().stream()
                .filter(step -> step.engine() == engine && !step.isDummy())
                .toList();
        InferredWorkload inferred = new InferredWorkload(steps, budget,
                recording.settings().engineName().filter("sglang"::equals).isPresent());
        inferred.count();
        return inferred.promptsDone == 0 ? Optional.empty() : Optional.of(inferred.guess(openAtOnce(recording, engine), ranks));
    }

    private void count() {
        for (int i = 0; i < steps.size(); i++) {
            Iteration step = steps.get(i);
            contextTokens += step.contextTokens();
            generationTokens += step.generationTokens();
            mostOpen = Math.max(mostOpen, step.contextRequests() + step.generationRequests());
            if (i + 1 == steps.size()) {
                break;
            }
            boolean cut = step.contextRequests() > 0 && step.scheduledTokens() >= budget;
            int finishedPrompts = Math.max(0, step.contextRequests() - (cut ? 1 : 0));
            promptsDone += finishedPrompts;
            int gone = generating(step) + finishedPrompts - generating(steps.get(i + 1));
            // SGLang's batches between two lines are estimates: what one has too few, another has too many.
            ended += sglang ? gone - step.preemptions().orElse(0) : Math.max(0, gone);
        }
    }

    /// Requests with all of their prompt computed before the step. SGLang lets them wait while it computes prompts.
    private int generating(Iteration step) {
        return sglang && step.generationRequests() == 0
                ? (int) step.runningRequests().orElse(0)
                : step.generationRequests();
    }

    private static OptionalInt openAtOnce(Recording recording, int engine) {
        long most = 0;
        for (Interval interval : recording.intervals()) {
            if (interval.engine() == engine) {
                most = Math.max(most, interval.running().orElse(0) + interval.waiting().orElse(0));
            }
        }
        for (Iteration step : recording.iterations()) {
            if (step.engine() == engine) {
                most = Math.max(most, step.runningRequests().orElse(0) + step.waitingRequests().orElse(0));
            }
        }
        return most > 0 ? OptionalInt.of((int) Math.min(most, MOST_OPEN)) : OptionalInt.empty();
    }

    private Guess guess(OptionalInt openAtOnce, int ranks) {
        int open = Math.clamp(Math.max(1L, openAtOnce.orElse(mostOpen)) * ranks, 1, MOST_OPEN);
        int input = Math.clamp(Math.round((double) contextTokens / promptsDone), 1, 1_000_000);
        boolean outputSeen = ended >= FEWEST_ENDED;
        int output = outputSeen ? Math.clamp(Math.round((double) generationTokens / ended) + 1, 1, 1_000_000) : ASSUMED_OUTPUT;
        int requests = Math.clamp(Math.max(2L * open, promptsDone * ranks), 1, MOST_REQUESTS);
        List<TraceEntry> entries = new ArrayList<>(requests);
        for (int i = 0; i < requests; i++) {
            entries.add(TraceEntry.of("inferred-" + i, OptionalDouble.empty(), input, output));
        }
        String assumption = String.format(
                Locale.ROOT,
                "the log shows no requests: %d equal ones are assumed, %d open at once, prompts of %d tokens (from %d finished prompts), "
                        + "outputs of %d tokens (%s)",
                requests,
                open,
                input,
                promptsDone,
                output,
                outputSeen ? "from " + ended + " ended requests" : "assumed: none was seen to end");
        Trace trace = new Trace(
                "inferred from step counts",
                entries,
                OptionalDouble.of(Double.POSITIVE_INFINITY),
                OptionalDouble.empty(),
                Optional.of(open),
                assumption);
        return new Guess(trace, outputSeen);
    }
}
