package dev.iterscope.projection.importer.trtllm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.JsonObjects;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.Source;
import java.io.IOException;

/// TensorRT-LLM's iteration statistics (`/metrics`), as an array or as JSON lines.
public final class TrtLlmStatsImporter implements Importer {

    @Override
    public String kind() {
        return "trtllm-stats";
    }

    @Override
    public boolean recognises(Source source) {
        return source.looksLikeText() && source.headText().contains("\"inflightBatchingStats\"") && source.headText().contains("\"iter\"");
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        JsonObjects.forEach(source, into.warnings(), object -> take(object, into));
        into.settings().say(Fact.ENGINE_NAME, "tensorrt-llm");
    }

    private static void take(JsonNode object, RecordingBuilder into) {
        JsonNode batch = object.path("inflightBatchingStats");
        IterationDraft draft = new IterationDraft();
        long generation = JsonObjects.whole(batch, "numGenRequests").orElse(0);
        boolean usable = batch.isObject() && JsonObjects.whole(object, "iter").isPresent() && draft.counts(
                JsonObjects.whole(batch, "numContextRequests").orElse(0), JsonObjects.whole(batch, "numCtxTokens").orElse(0), generation,
                generation);
        if (!usable) {
            into.warnings().add("object-not-an-iteration", "objects that are not an iteration's statistics");
            return;
        }
        JsonObjects.whole(object, "iter").ifPresent(draft::number);
        JsonObjects.real(object, "iterLatencyMS").ifPresent(millis -> draft.elapsedNanos(Math.round(millis * 1e6)));
        JsonObjects.whole(object, "numActiveRequests").ifPresent(draft::runningRequests);
        JsonObjects.whole(object, "numQueuedRequests").ifPresent(draft::waitingRequests);
        JsonObjects.whole(batch, "numCtxKvTokens").ifPresent(draft.detail()::contextKvTokens);
        JsonObjects.whole(batch, "numGenKvTokens").ifPresent(draft.detail()::generationKvTokens);
        JsonObjects.whole(batch, "numQueuedCtxTokens").ifPresent(draft.detail()::queuedContextTokens);
        JsonNode kv = object.path("kvCacheStats");
        JsonObjects.whole(kv, "usedNumBlocks").ifPresent(draft::kvBlocksUsed);
        JsonObjects.whole(kv, "maxNumBlocks").ifPresent(blocks -> {
            draft.kvBlocksTotal(blocks);
            into.settings().say(Fact.KV_BLOCKS, blocks);
            JsonObjects.whole(kv, "usedNumBlocks").ifPresent(used -> draft.kvShare(blocks == 0 ? 0 : used / (double) blocks));
        });
        JsonObjects.whole(kv, "tokensPerBlock").ifPresent(size -> into.settings().say(Fact.BLOCK_SIZE, size));
        into.add(draft.build());
    }
}
