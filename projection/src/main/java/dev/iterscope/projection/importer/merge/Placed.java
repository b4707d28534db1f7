package dev.iterscope.projection.importer.merge;

import dev.iterscope.projection.importer.steps.MovedSteps;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Pause;
import dev.iterscope.projection.recording.PreemptionRecord;
import dev.iterscope.projection.recording.RequestRecord;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// A source with its place among the others.
///
/// @param part       the source
/// @param shiftNanos what brings its times onto the common clock
/// @param run        number of the run that it recorded; sources with the same number recorded one run
/// @param engines    the numbers that its engines go by, by their own
/// @param known      engines whose steps another source has, too, which counts: the numbers of its steps there, by those here
record Placed(Part part, long shiftNanos, int run, Map<Integer, Integer> engines, Map<Integer, Map<Long, Long>> known) {

    /// A source by itself.
    static Placed alone(Part part) {
        return new Placed(part, 0, 0, Map.of(), Map.of());
    }

    /// The steps of an engine that count.
    List<Iteration> steps(int engine) {
        return known.containsKey(engine) ? List.of() : MovedSteps.of(part.steps(engine), shiftNanos, engine(engine));
    }

    RequestRecord moved(RequestRecord request) {
        return shiftNanos == 0
                ? request
                : new RequestRecord(
                        request.id(),
                        shifted(request.arrivalNanos()),
                        request.promptTokens(),
                        request.maxTokens(),
                        request.outputTokens(),
                        request.cachedTokens(),
                        request.priority(),
                        request.preemptions(),
                        request.queueNanos(),
                        request.timeToFirstTokenNanos(),
                        request.meanTimePerOutputTokenNanos(),
                        request.endToEndNanos(),
                        request.interTokenNanos(),
                        request.prefixHashes(),
                        request.finishReason());
    }

    Interval moved(Interval interval) {
        return new Interval(
                engine(interval.engine()),
                shifted(interval.endNanos()),
                interval.spanNanos(),
                interval.promptThroughput(),
                interval.generationThroughput(),
                interval.running(),
                interval.waiting(),
                interval.kvUsage(),
                interval.prefixHitRate());
    }

    KernelRecord moved(KernelRecord kernel) {
        return isInPlace(kernel.engine())
                ? kernel
                : new KernelRecord(
                        kernel.name(),
                        kernel.kind(),
                        engine(kernel.engine()),
                        numbered(kernel.engine(), kernel.iteration()),
                        kernel.layer(),
                        kernel.m(),
                        kernel.n(),
                        kernel.k(),
                        kernel.tokens(),
                        kernel.kvTokens(),
                        kernel.flops(),
                        kernel.bytes(),
                        kernel.device(),
                        kernel.stream(),
                        shifted(kernel.startNanos()),
                        kernel.timeNanos());
    }

    PreemptionRecord moved(PreemptionRecord preemption) {
        return new PreemptionRecord(
                preemption.id(), preemption.iteration(), shifted(preemption.timeNanos()), preemption.blocksFreed(),
                preemption.tokensToRecompute());
    }

    Pause moved(Pause pause) {
        return new Pause(pause.kind(), pause.startNanos() + shiftNanos, pause.timeNanos());
    }

    /// Whether nothing of it is moved or renumbered.
    boolean isInPlace() {
        return shiftNanos == 0 && engines.isEmpty() && known.isEmpty();
    }

    private boolean isInPlace(int engine) {
        return shiftNanos == 0 && engine(engine) == engine && !known.containsKey(engine);
    }

    private int engine(int own) {
        return engines.getOrDefault(own, own);
    }

    private OptionalLong numbered(int engine, OptionalLong number) {
        Map<Long, Long> numbers = known.get(engine);
        if (numbers == null || number.isEmpty()) {
            return number;
        }
        Long there = numbers.get(number.getAsLong());
        return there == null ? OptionalLong.empty() : OptionalLong.of(there);
    }

    private OptionalLong shifted(OptionalLong time) {
        return time.isPresent() ? OptionalLong.of(time.getAsLong() + shiftNanos) : time;
    }
}
