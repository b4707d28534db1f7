package dev.iterscope.projection.report;

import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Everything that `project` and `sweep` report; renderers turn it into text, JSON, CSV and HTML.
///
/// @param recording      what was recorded; empty where the model comes from a profile
/// @param model          the fitted model
/// @param kernels        where kernel time goes
/// @param workload       what is served; empty where nothing could be simulated
/// @param slo            the objective
/// @param present        the token budget of the recorded service, if known
/// @param sweep          predictions, ascending
/// @param measured       measurements, ascending
/// @param evaluation     predictions beside measurements; empty without measurements
/// @param recommendation the answer
/// @param notes          what a reader should know about how this was made
/// @param steps          steps for the charts over time; empty for none
public record ProjectionReport(
        Optional<Recording> recording,
        Optional<ModelSummary> model,
        List<KernelRow> kernels,
        Optional<WorkloadFacts> workload,
        Slo slo,
        OptionalInt present,
        List<SweepPoint> sweep,
        List<MeasuredPoint> measured,
        Optional<Evaluation> evaluation,
        Recommendation recommendation,
        List<String> notes,
        List<ChartStep> steps) {

    /// Keeps unmodifiable copies.
    public ProjectionReport {
        kernels = List.copyOf(kernels);
        sweep = List.copyOf(sweep);
        measured = List.copyOf(measured);
        notes = List.copyOf(notes);
        steps = List.copyOf(steps);
    }

    /// True when the sweep varies max-num-seqs too.
    public boolean variesSequences() {
        return sweep.stream().map(point -> point.setting().maxNumSeqs()).distinct().count() > 1
                && sweep.stream().map(SweepPoint::maxNumBatchedTokens).distinct().count() < sweep.size();
    }
}
