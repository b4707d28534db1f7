package dev.iterscope.projection.export.table;

import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Pause;
import dev.iterscope.projection.recording.PreemptionRecord;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.recording.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// All tables of a recording. Besides the events of the schema there are three that only imported recordings hold: `iterscope.Source`
/// and `iterscope.Warning`, which say where the recording came from and what to know about it, and `iterscope.Pause`.
public final class EventTables {

    private EventTables() {}

    /// The tables that have rows, sources and warnings first.
    public static List<EventTable<?>> of(Recording recording) {
        List<EventTable<?>> tables = new ArrayList<>();
        tables.add(source(recording));
        tables.add(warnings(recording.warnings()));
        tables.add(settings(recording.settings()));
        recording.settings().modelFacts().ifPresent(model -> tables.add(model(model)));
        tables.add(devices(recording.devices()));
        tables.add(IterationTables.iterations(recording.iterations()));
        tables.add(IterationTables.details(recording.iterations()));
        tables.add(RequestTables.arrivals(recording.requests()));
        tables.add(RequestTables.requests(recording.requests()));
        tables.add(preemptions(recording.preemptions()));
        tables.add(intervals(recording.intervals()));
        tables.add(KernelTable.of(recording.kernels()));
        tables.add(pauses(recording.pauses()));
        return tables.stream().filter(table -> !table.rows().isEmpty()).toList();
    }

    private static EventTable<Recording> source(Recording recording) {
        Columns<Recording> columns = new Columns<>();
        columns.text("source", Recording::source);
        columns.text("files", whole -> String.join("\n", whole.files()));
        columns.text("timingBasis", whole -> whole.timing().basis().name());
        columns.real("timingCoverage", whole -> whole.timing().coverage());
        return columns.table("iterscope.Source", List.of(recording));
    }

    private static EventTable<RecordingWarning> warnings(List<RecordingWarning> warnings) {
        Columns<RecordingWarning> columns = new Columns<>();
        columns.text("code", RecordingWarning::code);
        columns.number("count", RecordingWarning::count);
        columns.text("message", RecordingWarning::message);
        return columns.table("iterscope.Warning", warnings);
    }

    private static EventTable<Settings> settings(Settings settings) {
        Columns<Settings> columns = new Columns<>();
        columns.optionalInt("maxNumBatchedTokens", Settings::maxNumBatchedTokens);
        columns.optionalInt("maxNumSeqs", Settings::maxNumSeqs);
        columns.optionalInt("maxModelLen", Settings::maxModelLen);
        columns.optionalInt("blockSize", Settings::blockSize);
        columns.optionalCount("kvBlocksTotal", Settings::kvBlocks);
        columns.optionalLong("kvCapacityTokens", Settings::kvCapacityTokens);
        columns.optionalText("kvCacheDtype", Settings::kvType);
        columns.optionalFlag("asyncScheduling", Settings::asyncScheduling);
        columns.optionalFlag("prefixCaching", Settings::prefixCaching);
        columns.optionalFlag("chunkedPrefill", Settings::chunkedPrefill);
        columns.optionalFlag("reserveFullIsl", Settings::reserveFullIsl);
        columns.optionalReal("watermark", Settings::watermark);
        columns.optionalInt("longPrefillTokenThreshold", Settings::longPrefillTokenThreshold);
        columns.optionalText("policy", Settings::policy);
        columns.optionalInt("tensorParallelSize", Settings::tensorParallel);
        columns.optionalInt("pipelineParallelSize", Settings::pipelineParallel);
        columns.optionalInt("dataParallelSize", Settings::dataParallel);
        columns.optionalText("backend", Settings::backend);
        columns.optionalText("attentionBackend", Settings::attentionBackend);
        columns.text("captureSizes", all -> all.captureSizes().stream().map(String::valueOf).collect(Collectors.joining(",")));
        columns.optionalText("engineName", Settings::engineName);
        columns.optionalText("engineVersion", Settings::engineVersion);
        columns.optionalText("model", Settings::model);
        return columns.table("iterscope.EngineConfig", List.of(settings));
    }

    private static EventTable<ModelFacts> model(ModelFacts model) {
        Columns<ModelFacts> columns = new Columns<>();
        columns.text("model", ModelFacts::name);
        columns.text("architecture", ModelFacts::architecture);
        columns.count("layers", ModelFacts::layers);
        columns.count("hiddenSize", ModelFacts::hiddenSize);
        columns.count("intermediateSize", ModelFacts::intermediateSize);
        columns.count("attentionHeads", ModelFacts::heads);
        columns.count("kvHeads", ModelFacts::kvHeads);
        columns.count("headDim", ModelFacts::headDim);
        columns.count("vocabSize", ModelFacts::vocabSize);
        columns.bytes("weightBytes", ModelFacts::weightBytes);
        columns.bytes("kvBytesPerToken", ModelFacts::kvBytesPerToken);
        columns.flag("tiedEmbeddings", ModelFacts::tiedEmbeddings);
        return columns.table("iterscope.Model", List.of(model));
    }

    private static EventTable<DeviceFacts> devices(List<DeviceFacts> devices) {
        Columns<DeviceFacts> columns = new Columns<>();
        columns.text("name", DeviceFacts::name);
        columns.text("kind", DeviceFacts::kind);
        columns.optionalBytes("memoryBytes", DeviceFacts::memoryBytes);
        columns.optionalReal("peakFlops", DeviceFacts::peakFlops);
        columns.optionalReal("measuredFlops", DeviceFacts::measuredFlops);
        columns.optionalReal("peakBandwidth", DeviceFacts::peakBandwidth);
        columns.optionalReal("measuredBandwidth", DeviceFacts::measuredBandwidth);
        return columns.table("iterscope.Device", devices);
    }

    private static EventTable<PreemptionRecord> preemptions(List<PreemptionRecord> preemptions) {
        Columns<PreemptionRecord> columns = new Columns<>();
        columns.text("id", PreemptionRecord::id);
        columns.optionalCount("iteration", PreemptionRecord::iteration);
        columns.optionalInt("blocksFreed", PreemptionRecord::blocksFreed);
        columns.optionalInt("tokensToRecompute", PreemptionRecord::tokensToRecompute);
        if (preemptions.stream().anyMatch(preemption -> preemption.timeNanos().isEmpty())) {
            columns.flag("timeKnown", preemption -> preemption.timeNanos().isPresent());
        }
        return columns.table("iterscope.Preemption", preemptions, PreemptionRecord::timeNanos, _ -> 0);
    }

    private static EventTable<Interval> intervals(List<Interval> intervals) {
        Columns<Interval> columns = new Columns<>();
        columns.optionalNanos("span", Interval::spanNanos);
        columns.optionalReal("promptThroughput", Interval::promptThroughput);
        columns.optionalReal("generationThroughput", Interval::generationThroughput);
        columns.optionalCount("running", Interval::running);
        columns.optionalCount("waiting", Interval::waiting);
        columns.optionalShare("kvUsage", Interval::kvUsage);
        columns.optionalShare("prefixHitRate", Interval::prefixHitRate);
        if (intervals.stream().anyMatch(interval -> interval.engine() != 0)) {
            columns.count("engine", Interval::engine);
        }
        if (intervals.stream().anyMatch(interval -> interval.endNanos().isEmpty())) {
            columns.flag("timeKnown", interval -> interval.endNanos().isPresent());
        }
        return columns.table("iterscope.Interval", intervals, Interval::endNanos, Interval::engine);
    }

    private static EventTable<Pause> pauses(List<Pause> pauses) {
        Columns<Pause> columns = new Columns<>();
        columns.text("kind", Pause::kind);
        return columns.table("iterscope.Pause", pauses, pause -> OptionalLong.of(pause.startNanos()), Pause::timeNanos, _ -> 0);
    }
}
