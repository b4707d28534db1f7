package dev.iterscope.projection.importer.trtllm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.JsonObjects;
import dev.iterscope.projection.importer.source.LogClock;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import java.util.OptionalLong;

/// The statistics that TensorRT-LLM's C++ runtime has logged since 2023 (`--log_iteration_data`, and Triton's backend with verbose logging):
/// one JSON object behind the line's prefix, whose names are words: `"Active Request Count"`, `"Context Requests"`, ...
///
/// They have no elapsed time, only timestamps of whole seconds. Each generating request has one token. The first releases printed the
/// active requests alone; such lines say nothing of the batch.
final class EarlyStatistics {
    private static final String COUNTER = "\"Iteration Counter\"";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final RecordingBuilder into;
    private final LogClock clock;

    EarlyStatistics(RecordingBuilder into, LogClock clock) {
        this.into = into;
        this.clock = clock;
    }

    /// Whether a text contains such an object.
    static boolean isIn(String text) {
        return text.contains(COUNTER) && text.contains("\"Active Request Count\"");
    }

    /// Takes the iteration of a line.
    ///
    /// @return whether the line holds one, whole or damaged
    boolean take(String line) {
        if (!line.contains(COUNTER)) {
            return false;
        }
        int open = line.indexOf('{');
        try {
            keep(open < 0 ? MAPPER.createObjectNode() : MAPPER.readTree(line.substring(open)));
        } catch (JsonProcessingException damaged) {
            damaged();
        }
        return true;
    }

    private void keep(JsonNode object) {
        OptionalLong number = JsonObjects.whole(object, "Iteration Counter");
        OptionalLong context = JsonObjects.whole(object, "Context Requests");
        OptionalLong generation = JsonObjects.whole(object, "Generation Requests");
        OptionalLong tokens = JsonObjects.whole(object, "Total Context Tokens");
        if (number.isPresent() && context.isEmpty() && generation.isEmpty()) {
            into.warnings().add("iteration-without-batch",
                    "iteration lines that count active requests only, and tell no batch, were left out");
            return;
        }
        IterationDraft draft = new IterationDraft();
        if (number.isEmpty() || context.isEmpty() || generation.isEmpty() || tokens.isEmpty()
                || !draft.counts(context.getAsLong(), tokens.getAsLong(), generation.getAsLong(), generation.getAsLong())) {
            damaged();
            return;
        }
        draft.number(number.getAsLong());
        JsonObjects.whole(object, "Active Request Count").ifPresent(draft::runningRequests);
        OptionalLong used = JsonObjects.whole(object, "Used KV cache blocks");
        OptionalLong total = JsonObjects.whole(object, "Max KV cache blocks");
        if (used.isPresent() && total.isPresent() && used.getAsLong() <= total.getAsLong()) {
            draft.kvBlocksUsed(used.getAsLong()).kvBlocksTotal(total.getAsLong())
                    .kvShare(total.getAsLong() == 0 ? 0 : used.getAsLong() / (double) total.getAsLong());
            into.settings().say(Fact.KV_BLOCKS, total.getAsLong());
        }
        JsonObjects.whole(object, "Tokens per KV cache block").ifPresent(size -> into.settings().say(Fact.BLOCK_SIZE, size));
        String time = object.path("Timestamp").asText("");
        if (time.length() > 10) {
            // Month, day, year.
            clock.dateTime(time.substring(6, 10) + "-" + time.substring(0, 5) + time.substring(10), 0).ifPresent(draft::endNanos);
        }
        into.add(draft.build());
    }

    private void damaged() {
        into.warnings().add("iteration-line-damaged", "iteration lines that are cut or garbled were left out");
    }
}
