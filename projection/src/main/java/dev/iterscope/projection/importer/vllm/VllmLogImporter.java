package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.LogClock;
import dev.iterscope.projection.importer.source.LogLines;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Source;
import java.io.IOException;

/// Reads the log of a vLLM server, of any version that prints iteration or 10-second lines.
///
/// Each line goes to the first reader that takes it: an iteration line, a 10-second line, a fact about the engine. Lines that hold no
/// measurement are counted by reason, so that nothing disappears silently.
public final class VllmLogImporter implements Importer {

    @Override
    public String kind() {
        return "vllm-log";
    }

    @Override
    public boolean recognises(Source source) {
        if (!source.looksLikeText()) {
            return false;
        }
        String head = source.headText();
        return IterationLines.isIn(head)
                || head.contains("Avg generation throughput: ")
                || head.contains("(EngineCore")
                || head.contains("vLLM API server version")
                || head.contains("Initializing a V1 LLM engine");
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        LinePrefix prefix = new LinePrefix();
        Engines engines = new Engines();
        IterationLines iterations = new IterationLines(into, prefix, engines);
        IntervalLines intervals = new IntervalLines(into, prefix);
        EngineFacts facts = new EngineFacts(into.settings(), into.warnings());
        GraphStatistics graphs = new GraphStatistics(into.settings());
        IgnoredLines ignored = new IgnoredLines(into.warnings());
        LogLines.forEach(source, into.warnings(), line -> {
            if (!iterations.take(line) && !intervals.take(line) && !graphs.take(line) && !facts.take(line)) {
                ignored.count(line);
            }
        });
        intervals.finish();
        ignored.report();
        iterations.finish(graphs);
        engines.report(into.warnings());
        if (iterations.count() > 0 || intervals.count() > 0) {
            into.settings().say(Fact.ENGINE_NAME, "vllm");
            LogClock clock = prefix.clock();
            into.clock(clock.yearKnown() ? ClockOrigin.LOCAL : ClockOrigin.OWN);
            clock.firstDay().ifPresent(into::clockFrom);
        }
    }
}
