package dev.iterscope.projection.export.table;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.IterationDetail;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Steps as `iterscope.Iteration` and `iterscope.IterationDetail`.
final class IterationTables {

    private IterationTables() {}

    /// The iterations. A log says when a step ended and how long it took, but not when it began; and what it calls the step's time may
    /// be something else. Where a recording holds such steps, `startKnown`, `endKnown` and `elapsed` tell what the source said.
    static EventTable<Iteration> iterations(List<Iteration> steps) {
        Columns<Iteration> columns = new Columns<>();
        columns.optionalCount("iteration", Iteration::number);
        columns.count("contextRequests", Iteration::contextRequests);
        columns.count("contextTokens", Iteration::contextTokens);
        columns.count("generationRequests", Iteration::generationRequests);
        columns.count("generationTokens", Iteration::generationTokens);
        columns.optionalShare("kvUsage", step -> step.kv().isPresent() ? step.kv().get().share() : OptionalDouble.empty());
        columns.optionalCount("kvBlocksUsed", kv(KvUsage::blocksUsed));
        columns.optionalCount("kvBlocksTotal", kv(KvUsage::blocksTotal));
        columns.optionalCount("kvTokensHeld", kv(KvUsage::tokensHeld));
        columns.optionalCount("runningRequests", Iteration::runningRequests);
        columns.optionalCount("waitingRequests", Iteration::waitingRequests);
        columns.optionalCount("preemptions", Iteration::preemptions);
        if (!steps.stream().allMatch(IterationTables::isExact)) {
            columns.optionalNanos("elapsed", Iteration::elapsedNanos);
            columns.flag("startKnown", step -> step.startNanos().isPresent());
            columns.flag("endKnown", step -> step.endNanos().isPresent());
        }
        columns.optionalText("marks", IterationTables::marks);
        return columns.table("iterscope.Iteration", steps, IterationTables::start, IterationTables::duration, Iteration::engine);
    }

    /// The details of all steps, one for each iteration in the same order, since `engine` and `dummy` stand there.
    static EventTable<Iteration> details(List<Iteration> steps) {
        boolean needed = steps.stream().anyMatch(step -> step.detail().isPresent() || step.engine() != 0 || step.isDummy());
        Columns<Iteration> columns = new Columns<>();
        columns.optionalCount("iteration", Iteration::number);
        columns.count("engine", Iteration::engine);
        columns.optionalCount("tokenBudget", whole(IterationDetail::tokenBudget));
        columns.optionalCount("kvTokensAllocated", whole(IterationDetail::kvTokensAllocated));
        columns.optionalCount("contextKvTokens", whole(IterationDetail::contextKvTokens));
        columns.optionalReal("contextAttentionPairs", real(IterationDetail::contextAttentionPairs));
        columns.optionalReal("contextLengthVariance", real(IterationDetail::contextLengthVariance));
        columns.optionalCount("generationKvTokens", whole(IterationDetail::generationKvTokens));
        columns.optionalReal("generationKvVariance", real(IterationDetail::generationKvVariance));
        columns.optionalCount("maxKvLength", whole(IterationDetail::maxKvLength));
        columns.optionalCount("queuedContextTokens", whole(IterationDetail::queuedContextTokens));
        columns.optionalCount("queuedKvTokens", whole(IterationDetail::queuedKvTokens));
        columns.optionalCount("recomputedTokens", whole(IterationDetail::recomputedTokens));
        columns.optionalCount("prefixQueriedTokens", whole(IterationDetail::prefixQueriedTokens));
        columns.optionalCount("prefixHitTokens", whole(IterationDetail::prefixHitTokens));
        columns.optionalCount("encoderInputs", whole(IterationDetail::encoderInputs));
        columns.optionalCount("encoderTokens", whole(IterationDetail::encoderTokens));
        columns.optionalCount("draftTokens", whole(IterationDetail::draftTokens));
        columns.optionalCount("acceptedTokens", whole(IterationDetail::acceptedTokens));
        columns.optionalCount("paddedTokens", whole(IterationDetail::paddedTokens));
        columns.optionalText("graphMode", step -> step.detail().flatMap(IterationDetail::graphMode));
        columns.optionalCount("inFlight", whole(IterationDetail::inFlight));
        columns.optionalNanos("scheduleTime", whole(IterationDetail::scheduleNanos));
        columns.optionalNanos("submitToResult", whole(IterationDetail::submitToResultNanos));
        columns.optionalNanos("resultWaitTime", whole(IterationDetail::resultWaitNanos));
        columns.optionalNanos("updateTime", whole(IterationDetail::updateNanos));
        columns.optionalNanos("idleBefore", whole(IterationDetail::idleBeforeNanos));
        columns.flag("dummy", Iteration::isDummy);
        return columns.table("iterscope.IterationDetail", needed ? steps : List.of(), IterationTables::end, Iteration::engine);
    }

    /// What the importer found special about a step; `dummy` stands in the details.
    private static Optional<String> marks(Iteration step) {
        if (step.marks().isEmpty()) {
            return Optional.empty();
        }
        String words = step.marks().stream().filter(mark -> mark != Mark.DUMMY).map(Mark::name).sorted().collect(Collectors.joining(" "));
        return words.isEmpty() ? Optional.empty() : Optional.of(words);
    }

    private static boolean isExact(Iteration step) {
        return step.startNanos().isPresent() && step.endNanos().isPresent() && step.elapsedNanos().isPresent()
                && step.endNanos().getAsLong() - step.startNanos().getAsLong() == step.elapsedNanos().getAsLong();
    }

    private static OptionalLong start(Iteration step) {
        if (step.startNanos().isPresent() || step.endNanos().isEmpty()) {
            return step.startNanos();
        }
        return OptionalLong.of(step.endNanos().getAsLong() - duration(step));
    }

    private static OptionalLong end(Iteration step) {
        OptionalLong start = start(step);
        return start.isPresent() ? OptionalLong.of(start.getAsLong() + duration(step)) : start;
    }

    private static long duration(Iteration step) {
        return step.ownNanos().orElse(0);
    }

    private static Function<Iteration, OptionalLong> kv(Function<KvUsage, OptionalLong> value) {
        return step -> {
            Optional<KvUsage> usage = step.kv();
            return usage.isPresent() ? value.apply(usage.get()) : OptionalLong.empty();
        };
    }

    private static Function<Iteration, OptionalLong> whole(Function<IterationDetail, OptionalLong> value) {
        return step -> {
            Optional<IterationDetail> detail = step.detail();
            return detail.isPresent() ? value.apply(detail.get()) : OptionalLong.empty();
        };
    }

    private static Function<Iteration, OptionalDouble> real(Function<IterationDetail, OptionalDouble> value) {
        return step -> {
            Optional<IterationDetail> detail = step.detail();
            return detail.isPresent() ? value.apply(detail.get()) : OptionalDouble.empty();
        };
    }
}
