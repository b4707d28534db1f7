package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.Shares;
import dev.iterscope.projection.recording.Interval;
import java.util.OptionalLong;

/// `iterscope.Interval`, an instant at the end of its span.
final class IntervalMapper extends EventMapper {

    private final RecordingBuilder into;
    private final Column start = column("startTime");
    private final Column timeKnown = column("timeKnown");
    private final Column engine = column("engine");
    private final Column span = column("span");
    private final Column promptThroughput = column("promptThroughput");
    private final Column generationThroughput = column("generationThroughput");
    private final Column running = column("running");
    private final Column waiting = column("waiting");
    private final Column kvUsage = column("kvUsage");
    private final Column prefixHitRate = column("prefixHitRate");

    IntervalMapper(RecordingBuilder into) {
        this.into = into;
    }

    @Override
    void map(EventRow row) {
        into.add(new Interval(
                Math.clamp(engine.integer(row, 0), 0, 1 << 20),
                !timeKnown.isIn() || timeKnown.flag(row) ? start.optionalLong(row) : OptionalLong.empty(),
                span.optionalLong(row),
                promptThroughput.optionalDouble(row),
                generationThroughput.optionalDouble(row),
                running.optionalLong(row),
                waiting.optionalLong(row),
                Shares.of(kvUsage.optionalDouble(row)),
                Shares.of(prefixHitRate.optionalDouble(row))));
    }
}
