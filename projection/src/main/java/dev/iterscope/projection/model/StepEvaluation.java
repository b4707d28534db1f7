package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.List;

/// How well steps are predicted that a model has not seen: those of other recordings, or blocks of a recording's own that were left out.
public final class StepEvaluation {
    private static final int FOLDS = 5;
    /// Blocks of consecutive steps, since neighbours are alike: a step between two known ones is no test.
    private static final int BLOCKS_PER_FOLD = 8;
    private static final int FEWEST_STEPS = 40;

    private StepEvaluation() {}

    /// One or more consecutive steps, predicted and measured.
    ///
    /// @param steps         how many: more than one where only the spacing of timestamps can be trusted
    /// @param tokens        scheduled tokens
    /// @param requests      scheduled requests
    /// @param pairs         query x key pairs of context chunks
    /// @param kvTokens      KV tokens read for generating sequences
    /// @param measuredNanos measured time
    /// @param predicted     predicted time
    public record Row(
            int steps, double tokens, double requests, double pairs, double kvTokens, double measuredNanos, StepPrediction predicted) {

        private static Row of(StepSamples.Sample sample, IterationStepModel model) {
            List<StepWork> steps = sample.steps();
            return new Row(
                    steps.size(),
                    steps.stream().mapToDouble(StepWork::tokens).sum(),
                    steps.stream().mapToDouble(StepWork::requests).sum(),
                    steps.stream().mapToDouble(StepWork::pairs).sum(),
                    steps.stream().mapToDouble(StepWork::kvTokens).sum(),
                    sample.nanos(),
                    model.predict(steps));
        }
    }

    /// Steps of another recording.
    ///
    /// @param kvSource where that recording's KV tokens come from: as for the model
    public static List<Row> of(IterationStepModel model, Recording other, KvSource kvSource) {
        return StepSamples.of(other, kvSource).samples().stream().map(sample -> Row.of(sample, model)).toList();
    }

    /// A recording's own steps, each predicted by a model that has seen four fifths of the recording without the step's block.
    ///
    /// @return empty where fewer than 40 steps can be used
    public static List<Row> heldOut(Recording recording, IterationOptions options) {
        StepSamples all = StepSamples.of(recording, options);
        List<StepSamples.Sample> samples = all.samples();
        if (samples.size() < FEWEST_STEPS) {
            return List.of();
        }
        List<Row> rows = new ArrayList<>(samples.size());
        for (int fold = 0; fold < FOLDS; fold++) {
            List<StepSamples.Sample> kept = new ArrayList<>();
            List<StepSamples.Sample> out = new ArrayList<>();
            for (int i = 0; i < samples.size(); i++) {
                long block = (long) i * FOLDS * BLOCKS_PER_FOLD / samples.size();
                (block % FOLDS == fold ? out : kept).add(samples.get(i));
            }
            IterationStepModel model =
                    IterationModels.fit(all.with(kept), options);
            out.forEach(sample -> rows.add(Row.of(sample, model)));
        }
        return List.copyOf(rows);
    }

    /// The sources of KV tokens that a recording has, the best first; [KvSource#NONE] is always among them.
    public static List<KvSource> kvSources(Recording recording) {
        List<KvSource> sources = new ArrayList<>();
        for (KvSource source : List.of(KvSource.RECORDED, KvSource.ALLOCATED)) {
            if (StepSamples.has(recording, source)) {
                sources.add(source);
            }
        }
        sources.add(KvSource.REPLAYED);
        sources.add(KvSource.NONE);
        return sources;
    }
}
