package dev.iterscope.projection.report;

import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything that `project` and `sweep` report; renderers turn it into text, JSON, CSV and HTML.
///
/// @param recording      what was recorded; empty where the model comes from a profile
/// @param model          the fitted model
/// @param kernels        where kernel time goes
/// @param workload       what is served; empty where nothing could be simulated
/// @param slo            the objective
/// @param rule           how the answer was chosen; empty where nothing could be simulated
/// @param present        the setting of the recorded service, if known; it need not be swept
/// @param sweep          predictions, ascending
/// @param recorded       results recorded with the present setting, by the keys of `vllm bench serve`; empty where the sweep serves other
///                       requests or another service than the recorded one
/// @param measured       measurements, ascending
/// @param evaluation     predictions beside measurements; empty without measurements
/// @param recommendation the answer
/// @param deployment     how the engines of all points run
/// @param notes          what a reader should know about how this was made
/// @param steps          steps for the charts over time; empty for none
/// @param provenance     what the command behind it was given and what it ran
public record ProjectionReport(
        Optional<Recording> recording,
        Optional<ModelSummary> model,
        List<KernelRow> kernels,
        Optional<WorkloadFacts> workload,
        Slo slo,
        Optional<Rule> rule,
        Optional<Setting> present,
        List<SweepPoint> sweep,
        Map<String, Double> recorded,
        List<MeasuredPoint> measured,
        Optional<Evaluation> evaluation,
        Recommendation recommendation,
        Deployment deployment,
        List<String> notes,
        List<ChartStep> steps,
        Provenance provenance) {

    /// Keeps unmodifiable copies.
    public ProjectionReport {
        kernels = List.copyOf(kernels);
        sweep = List.copyOf(sweep);
        recorded = Map.copyOf(recorded);
        measured = List.copyOf(measured);
        notes = List.copyOf(notes);
        steps = List.copyOf(steps);
    }

    /// The same, made by this command; on what was measured is a note as well.
    public ProjectionReport madeBy(Provenance command) {
        List<String> said = new ArrayList<>();
        command.measured().ifPresent(said::add);
        said.addAll(notes);
        return new ProjectionReport(recording, model, kernels, workload, slo, rule, present, sweep, recorded, measured, evaluation,
                recommendation, deployment, said, steps, command);
    }

    /// True for the setting that the recorded service runs with.
    public boolean isPresent(SweepPoint point) {
        return present.isPresent() && present.get().equals(point.setting());
    }

    /// True for the setting that the answer names.
    public boolean isRecommended(SweepPoint point) {
        return recommendation.setting().isPresent() && recommendation.setting().get().equals(point.setting());
    }

    /// What is predicted for the present setting; empty where it is not known or not swept.
    public Optional<SweepPoint> presentPoint() {
        return sweep.stream().filter(this::isPresent).findFirst();
    }

    /// What is predicted for the recommended setting; empty where none is.
    public Optional<SweepPoint> recommendedPoint() {
        return sweep.stream().filter(this::isRecommended).findFirst();
    }

    /// A setting as readers tell it from the others: by the budget alone where nothing else varies.
    public String name(Setting setting) {
        return variesSequences() ? setting.toString() : String.valueOf(setting.maxNumBatchedTokens());
    }

    /// A result's prediction and its measurement, for people: `841 / 851`.
    String pair(Result result, MeasuredPoint point) {
        String predicted = sweep.stream()
                .filter(candidate -> candidate.setting().equals(point.setting()))
                .findFirst()
                .map(found -> Figures.readable(result.of(found)))
                .orElse("-");
        return predicted + " / " + Figures.readable(point.values().getOrDefault(result.key(), Double.NaN));
    }

    /// True when the sweep varies max-num-seqs too.
    public boolean variesSequences() {
        return sweep.stream().map(point -> point.setting().maxNumSeqs()).distinct().count() > 1
                && sweep.stream().map(SweepPoint::maxNumBatchedTokens).distinct().count() < sweep.size();
    }
}
