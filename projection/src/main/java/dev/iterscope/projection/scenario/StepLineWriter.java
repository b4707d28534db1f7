package dev.iterscope.projection.scenario;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.function.IntPredicate;

/// Writes a step as one line of JSON with its keys in the documented order. Keys for encoder inputs and draft tokens follow only in
/// scenarios that have any.
public final class StepLineWriter {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final JsonGenerator json;
    private final Writer out;
    private final boolean encoders;
    private final boolean drafts;

    /// A writer on `out`, which is not closed.
    public StepLineWriter(Writer out, Scenario scenario) {
        this.out = out;
        this.encoders = scenario.requests().stream().anyMatch(r -> !r.request().encoderInputs().isEmpty());
        this.drafts = scenario.scheduler().speculativeTokens() > 0;
        try {
            this.json = MAPPER.getFactory().createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
        json.setRootValueSeparator(null);
    }

    /// Writes one line.
    public void write(StepLine line) {
        try {
            object(line);
            json.flush();
            out.write('\n');
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private void object(StepLine line) throws IOException {
        StepPlan plan = line.plan();
        StepCounts counts = plan.counts();
        json.writeStartObject();
        json.writeNumberField("step", line.step());
        json.writeObjectFieldStart("scheduled");
        for (int i = 0; i < plan.size(); i++) {
            json.writeNumberField(id(plan, i), plan.tokenCount(i));
        }
        json.writeEndObject();
        ids("new", plan, plan::isNew);
        ids("resumed", plan, plan::isResumed);
        ids("preempted", plan.preemptions().stream().map(p -> p.sequence().request().id()).toList());
        ids("finished", line.finished());
        ids("running", line.running());
        ids("waiting", line.waiting());
        json.writeNumberField("context_requests", counts.contextRequests());
        json.writeNumberField("context_tokens", counts.contextTokens());
        json.writeNumberField("generation_requests", counts.generationRequests());
        json.writeNumberField("generation_tokens", counts.generationTokens());
        json.writeNumberField("kv_blocks_used", counts.kvBlocksUsed());
        json.writeNumberField("kv_blocks_total", counts.kvBlocksTotal());
        json.writeNumberField("prefix_hit_tokens", counts.prefixHitTokens());
        if (encoders) {
            encoderInputs(plan);
            json.writeNumberField("encoder_tokens", counts.encoderTokens());
        }
        if (drafts) {
            draftTokens(plan);
        }
        json.writeEndObject();
    }

    private void encoderInputs(StepPlan plan) throws IOException {
        json.writeObjectFieldStart("encoder_inputs");
        for (int i = 0; i < plan.size(); i++) {
            int[] inputs = plan.encoderInputs(i);
            if (inputs.length > 0) {
                json.writeFieldName(id(plan, i));
                json.writeArray(inputs, 0, inputs.length);
            }
        }
        json.writeEndObject();
    }

    private void draftTokens(StepPlan plan) throws IOException {
        json.writeObjectFieldStart("draft_tokens");
        for (int i = 0; i < plan.size(); i++) {
            if (plan.draftCount(i) > 0) {
                json.writeNumberField(id(plan, i), plan.draftCount(i));
            }
        }
        json.writeEndObject();
    }

    private void ids(String key, StepPlan plan, IntPredicate wanted) throws IOException {
        json.writeArrayFieldStart(key);
        for (int i = 0; i < plan.size(); i++) {
            if (wanted.test(i)) {
                json.writeString(id(plan, i));
            }
        }
        json.writeEndArray();
    }

    private void ids(String key, List<String> ids) throws IOException {
        json.writeArrayFieldStart(key);
        for (String id : ids) {
            json.writeString(id);
        }
        json.writeEndArray();
    }

    private static String id(StepPlan plan, int i) {
        return plan.sequence(i).request().id();
    }
}
