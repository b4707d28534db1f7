package dev.iterscope.projection.importer.fpm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.JsonObjects;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.Source;
import java.io.IOException;
import java.util.OptionalLong;

/// Forward-pass metrics as JSON lines: one object for each step, with the KV tokens that it read. They say how long a step took but not
/// when it was. A wall time of 0 is a heartbeat.
public final class FpmImporter implements Importer {

    @Override
    public String kind() {
        return "forward-pass-metrics";
    }

    @Override
    public boolean recognises(Source source) {
        return source.looksLikeText() && source.headText().contains("\"scheduled_requests\"")
                && source.headText().contains("\"wall_time\"");
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        JsonObjects.forEach(source, into.warnings(), object -> take(object, into));
    }

    private static void take(JsonNode object, RecordingBuilder into) {
        JsonNode done = object.path("scheduled_requests");
        JsonNode queued = object.path("queued_requests");
        OptionalLong took = JsonObjects.nanosOfSeconds(object.path("wall_time"));
        if (took.orElse(0) <= 0) {
            into.warnings().add("heartbeats", "metrics without a step");
            return;
        }
        IterationDraft draft = new IterationDraft();
        long generation = JsonObjects.whole(done, "num_decode_requests").orElse(0);
        if (!draft.counts(
                JsonObjects.whole(done, "num_prefill_requests").orElse(0),
                JsonObjects.whole(done, "sum_prefill_tokens").orElse(0),
                generation,
                generation)) {
            into.warnings().add("object-not-an-iteration", "objects that are not an iteration's metrics");
            return;
        }
        draft.engine((int) JsonObjects.whole(object, "dp_rank").orElse(0)).elapsedNanos(took.getAsLong());
        JsonObjects.whole(object, "counter_id").ifPresent(draft::number);
        JsonObjects.whole(done, "sum_prefill_kv_tokens").ifPresent(draft.detail()::contextKvTokens);
        JsonObjects.real(done, "var_prefill_length").ifPresent(draft.detail()::contextLengthVariance);
        JsonObjects.whole(done, "sum_decode_kv_tokens").ifPresent(draft.detail()::generationKvTokens);
        JsonObjects.real(done, "var_decode_kv_tokens").ifPresent(draft.detail()::generationKvVariance);
        JsonObjects.whole(queued, "sum_prefill_tokens").ifPresent(draft.detail()::queuedContextTokens);
        JsonObjects.whole(queued, "sum_decode_kv_tokens").ifPresent(draft.detail()::queuedKvTokens);
        into.add(draft.build());
    }
}
