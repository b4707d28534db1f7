package dev.iterscope.projection.model;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.OptionalLong;

/// Steps whose own times cannot be used, timed by the spacing of their timestamps. Log lines carry whole seconds, so the steps
/// between two changes of the second are one sample: their work is known one by one, their time only together.
final class Windows {
    private static final long SECOND = 1_000_000_000L;

    private Windows() {}

    /// @param steps the steps of one engine in order
    static List<StepSamples.Sample> of(List<StepSamples.Step> steps) {
        List<StepSamples.Step> timed = steps.stream().filter(s -> s.iteration().endNanos().isPresent()).toList();
        if (timed.stream().anyMatch(s -> end(s) % SECOND != 0)) {
            return ofExactEnds(timed);
        }
        List<StepSamples.Sample> windows = new ArrayList<>();
        int first = 0;
        for (int i = 1; i < timed.size(); i++) {
            if (end(timed.get(i)) == end(timed.get(first))) {
                continue;
            }
            int last = firstOf(timed, i);
            long nanos = end(timed.get(i)) - end(timed.get(first));
            List<StepSamples.Step> inside = timed.subList(first + 1, last + 1);
            if (!inside.isEmpty() && inside.stream().allMatch(StepSamples.Step::usable)) {
                windows.add(new StepSamples.Sample(
                        inside.stream().map(StepSamples.Step::work).toList(),
                        nanos,
                        edgeError(nanos, inside.size()),
                        OptionalLong.empty()));
            }
            first = i;
        }
        return windows;
    }

    /// Steps of SGLang's decode lines: their time is the number of tokens that they generated over the tokens per second. Where the batch
    /// changed between two lines, when it did is not shown, so the number of tokens lies anywhere between those of the smallest and of
    /// the largest batch.
    ///
    /// @param steps the steps of one engine in order
    static List<StepSamples.Sample> ofTokenRates(List<StepSamples.Step> steps) {
        return ofExactEnds(steps.stream().filter(s -> s.iteration().endNanos().isPresent()).toList()).stream()
                .map(Windows::withUnknownSizes)
                .toList();
    }

    private static StepSamples.Sample withUnknownSizes(StepSamples.Sample window) {
        DoubleSummaryStatistics sizes = window.steps().stream()
                .filter(step -> !step.context()).mapToDouble(StepWork::tokens).summaryStatistics();
        double error = sizes.getCount() < 2 ? 0 : (sizes.getMax() - sizes.getMin()) / Math.sqrt(12) / sizes.getAverage();
        return new StepSamples.Sample(window.steps(), window.nanos(), error, window.host());
    }

    /// Steps with one exact end share the time since the end before.
    private static List<StepSamples.Sample> ofExactEnds(List<StepSamples.Step> timed) {
        List<StepSamples.Sample> windows = new ArrayList<>();
        int from = 0;
        while (from < timed.size()) {
            int to = from + 1;
            while (to < timed.size() && end(timed.get(to)) == end(timed.get(from))) {
                to++;
            }
            List<StepSamples.Step> inside = timed.subList(from, to);
            if (from > 0 && inside.stream().allMatch(StepSamples.Step::usable)) {
                windows.add(new StepSamples.Sample(
                        inside.stream().map(StepSamples.Step::work).toList(),
                        end(timed.get(from)) - end(timed.get(from - 1)),
                        0,
                        OptionalLong.empty()));
            }
            from = to;
        }
        return windows;
    }

    /// The window runs from the step that first showed one second to the step that first showed the next.
    private static int firstOf(List<StepSamples.Step> timed, int i) {
        int index = i;
        while (index > 0 && end(timed.get(index - 1)) == end(timed.get(i))) {
            index--;
        }
        return index;
    }

    /// Either end of a window lies anywhere within a step (or within a second, where steps are longer): a uniform error at each
    /// end, so √(2/12) of that length together.
    private static double edgeError(long nanos, int steps) {
        double unknown = Math.min((double) nanos / steps, SECOND);
        return Math.sqrt(2.0 / 12) * unknown / nanos;
    }

    private static long end(StepSamples.Step step) {
        return step.iteration().endNanos().orElseThrow();
    }
}
