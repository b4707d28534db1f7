package dev.iterscope.projection.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What an iteration model cannot know and why, in the words of a person who runs a server, and the measurement that would help.
///
/// @param findings        one sentence each
/// @param nextMeasurement what to record next, if something is missing
record ModelDiagnosis(List<String> findings, Optional<String> nextMeasurement) {
    private static final double SAME = 0.02;
    private static final double MOVES_TOGETHER = 0.98;
    private static final double MUCH_LONGER = 0.5;

    static ModelDiagnosis of(StepSamples samples, ShapeFit fit, Identifiability known, IterationOptions options) {
        List<String> findings = new ArrayList<>();
        List<String> measurements = new ArrayList<>();
        List<StepWork> steps = samples.samples().stream().flatMap(s -> s.steps().stream()).toList();
        compositions(steps, fit.terms(), known, findings, measurements);
        scatter(fit, findings, measurements);
        findings.add("The cost of the dense layers is " + fit.shape().describe() + ".");
        findings.add(switch (samples.kvSource()) {
            case AUTO, RECORDED -> "The attention of generation rests on recorded KV tokens.";
            case ALLOCATED -> "The attention of generation rests on used blocks x block size; shared blocks count once.";
            case REPLAYED -> "The log does not say how much KV was read; it was replayed from the counts, starting with an empty engine.";
            case NONE -> "The attention of generation is not modelled.";
        });
        StepSamples.Left left = samples.left();
        if (left.cold() + left.paused() > 0) {
            findings.add(String.format(Locale.ROOT,
                    "Left out: %d cold steps, %d with a pause inside.", left.cold(), left.paused()));
        }
        findings.add(options.runs() == 0
                ? String.format(Locale.ROOT, "Repetitions of a run are assumed to differ by %.0f %% (one standard deviation);"
                        + " several recordings of one service would tell.", 100 * options.betweenRunDeviation())
                : String.format(Locale.ROOT, "Repetitions of a run differ by %.1f %% (one standard deviation, from %d recordings; what is"
                        + " assumed without them counts as one more).", 100 * options.betweenRunDeviation(), options.runs()));
        if (samples.coupled()) {
            findings.add("The ranks wait for each other: steps were paired, the longest time counts.");
        }
        return new ModelDiagnosis(List.copyOf(findings),
                measurements.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", measurements)));
    }

    /// Steps that lie so far around what their batches explain that something else decided their time.
    private static void scatter(ShapeFit fit, List<String> findings, List<String> measurements) {
        double longer = Math.expm1(fit.logHigh95());
        if (longer > MUCH_LONGER) {
            findings.add(String.format(Locale.ROOT,
                    "Some steps take %.0f %% longer than their batches explain (one in forty more than that): something else decided their time,"
                            + " such as other programs, a profiler, or a start longer than the steps left out.",
                    100 * longer));
            measurements.add("record again with nothing else running, and a few hundred steps after the start");
        }
    }

    private static void compositions(
            List<StepWork> steps, boolean[] terms, Identifiability known, List<String> findings, List<String> measurements) {
        List<StepWork> context = steps.stream().filter(StepWork::context).toList();
        List<StepWork> generation = steps.stream().filter(s -> !s.context()).toList();
        boolean allKnown = true;
        for (StepTerm term : StepTerm.values()) {
            allKnown &= !terms[term.index()] || known.isKnown(term);
        }
        if (allKnown) {
            return;
        }
        if (context.isEmpty()) {
            findings.add("No step holds context work, so what prompts cost is unknown.");
            measurements.add("record from the start of a run, or while new requests arrive");
        } else if (constantTokens(context) && !generationTellsFixed(generation)) {
            findings.add(String.format(Locale.ROOT,
                    "Every step with context work schedules about %.0f tokens, so the fixed cost of a step and its cost per token"
                            + " cannot be told apart; exchanging a context token for a generating request is known.",
                    context.stream().mapToDouble(StepWork::tokens).average().orElse(0)));
            measurements.add("record about 50 steps at a quarter of this max-num-batched-tokens as well,"
                    + " and go on until a few hundred steps only generate");
        }
        if (generation.isEmpty() && !context.isEmpty()) {
            findings.add("No usable step only generates, so the cost of a step without context work is unknown.");
            if (measurements.isEmpty()) {
                measurements.add("record on until a few hundred steps only generate");
            }
        }
        if (correlation(steps) > MOVES_TOGETHER && !known.isKnown(StepTerm.GENERATION_ATTENTION)) {
            findings.add("KV tokens read and the number of requests move together, so generation's attention and the cost per request"
                    + " cannot be told apart.");
            measurements.add("record prompts of very different lengths in one run (for instance 128 and 4096 tokens)");
        }
        if (findings.isEmpty()) {
            findings.add(String.format(Locale.ROOT,
                    "The recorded batches (%d with context work, %d without) are too few or too much alike to tell every term apart.",
                    context.size(), generation.size()));
            measurements.add("record a few hundred more steps under a varying load");
        }
    }

    private static boolean constantTokens(List<StepWork> steps) {
        double least = steps.stream().mapToDouble(StepWork::tokens).min().orElse(0);
        double most = steps.stream().mapToDouble(StepWork::tokens).max().orElse(0);
        return most - least <= SAME * most;
    }

    private static boolean generationTellsFixed(List<StepWork> generation) {
        return generation.size() >= 10;
    }

    private static double correlation(List<StepWork> steps) {
        double n = steps.size();
        double mx = steps.stream().mapToDouble(StepWork::kvTokens).average().orElse(0);
        double my = steps.stream().mapToDouble(StepWork::requests).average().orElse(0);
        double sxx = 0;
        double syy = 0;
        double sxy = 0;
        for (StepWork step : steps) {
            sxx += (step.kvTokens() - mx) * (step.kvTokens() - mx);
            syy += (step.requests() - my) * (step.requests() - my);
            sxy += (step.kvTokens() - mx) * (step.requests() - my);
        }
        return n < 2 || sxx == 0 || syy == 0 ? 0 : sxy / Math.sqrt(sxx * syy);
    }
}
