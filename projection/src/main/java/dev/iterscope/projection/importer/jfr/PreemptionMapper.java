package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.PreemptionRecord;
import java.util.OptionalLong;

/// `iterscope.Preemption`.
final class PreemptionMapper extends EventMapper {

    private final RecordingBuilder into;
    private final Column start = column("startTime");
    private final Column timeKnown = column("timeKnown");
    private final Column id = column("id");
    private final Column iteration = column("iteration");
    private final Column blocksFreed = column("blocksFreed");
    private final Column tokensToRecompute = column("tokensToRecompute");

    PreemptionMapper(RecordingBuilder into) {
        this.into = into;
    }

    @Override
    void map(EventRow row) {
        into.add(new PreemptionRecord(
                id.text(row),
                iteration.optionalLong(row),
                !timeKnown.isIn() || timeKnown.flag(row) ? start.optionalLong(row) : OptionalLong.empty(),
                blocksFreed.optionalInt(row),
                tokensToRecompute.optionalInt(row)));
    }
}
