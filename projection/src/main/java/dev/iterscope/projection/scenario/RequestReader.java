package dev.iterscope.projection.scenario;

import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.Request.CacheKey;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/// Reads the requests of a scenario.
final class RequestReader {
    private static final double NANOS = 1e9;
    /// Latest arrival time in seconds: whole nanoseconds must stay inside a long.
    private static final double LATEST = 9e9;

    private final Set<String> ids = new HashSet<>();
    private final Set<Long> seeds = new HashSet<>();

    private RequestReader() {}

    static List<ScenarioRequest> readAll(List<JsonReader> objects) {
        RequestReader reader = new RequestReader();
        for (JsonReader json : objects) {
            json.nullableLong("prompt_seed", Long.MIN_VALUE, Long.MAX_VALUE).ifPresent(reader.seeds::add);
        }
        List<ScenarioRequest> requests = new ArrayList<>(objects.size());
        for (JsonReader json : objects) {
            requests.add(reader.read(json, requests.size()));
        }
        return requests;
    }

    private ScenarioRequest read(JsonReader json, int index) {
        String id = json.requiredText("id");
        if (!ids.add(id)) {
            throw json.fault(json.at("id"), "is \"" + id + "\", which an earlier request has", "give every request an id of its own");
        }
        Prompt prompt = prompt(json, index);
        Request request = new Request(
                id,
                prompt,
                stopRules(json),
                SamplingParams.GREEDY,
                json.optionalInt("priority", 0, Integer.MIN_VALUE, Integer.MAX_VALUE),
                Math.round(json.optionalDouble("arrival_time", index, 0, LATEST) * NANOS),
                new CacheKey(
                        json.nullableText("cache_salt"),
                        json.nullableText("lora_name"),
                        !json.optionalBoolean("prompt_logprobs", false)),
                encoderInputs(json, prompt.length()));
        long arrivalStep = json.optionalLong("arrival_step", 1, 1, ScenarioReader.MOST_STEPS);
        OptionalLong abortStep = json.nullableLong("abort_step", 1, ScenarioReader.MOST_STEPS);
        if (abortStep.isPresent() && abortStep.getAsLong() < arrivalStep) {
            throw json.fault(json.at("abort_step"), "is before the arrival in step " + arrivalStep, "give a later step");
        }
        ScenarioRequest read = new ScenarioRequest(
                request, arrivalStep, abortStep, json.optionalTokens("sampled_token_ids"), json.optionalTokenLists("draft_token_ids"));
        json.requireNoOtherKeys();
        return read;
    }

    private Prompt prompt(JsonReader json, int index) {
        OptionalLong seed = json.nullableLong("prompt_seed", Long.MIN_VALUE, Long.MAX_VALUE);
        if (!json.contains("prompt_token_ids")) {
            int length = json.requiredInt("num_prompt_tokens", 1, ScenarioReader.MOST_TOKENS);
            return new Prompt.Seeded(length, seed.orElseGet(() -> ownSeed(index)));
        }
        List<Integer> tokens = json.optionalTokens("prompt_token_ids");
        if (tokens.isEmpty()) {
            throw json.fault(json.at("prompt_token_ids"), "is empty", "give at least one token");
        }
        if (seed.isPresent()) {
            throw json.fault(json.at("prompt_seed"), "stands beside prompt_token_ids", "give either a seed or the tokens");
        }
        int length = json.optionalInt("num_prompt_tokens", tokens.size(), 1, ScenarioReader.MOST_TOKENS);
        if (length != tokens.size()) {
            throw json.fault(json.at("num_prompt_tokens"), "is " + length + ", but prompt_token_ids has " + tokens.size() + " tokens",
                    "give either the tokens or their number");
        }
        return new Prompt.Tokens(tokens.stream().mapToInt(Integer::intValue).toArray());
    }

    /// A seed that no other request has, so that prompts without a seed share nothing.
    private long ownSeed(int index) {
        long seed = Long.MIN_VALUE + index;
        while (!seeds.add(seed)) {
            seed++;
        }
        return seed;
    }

    private static StopRules stopRules(JsonReader json) {
        int maxTokens = json.requiredInt("max_tokens", 1, ScenarioReader.MOST_TOKENS);
        return new StopRules(
                maxTokens,
                json.optionalInt("min_tokens", 0, 0, maxTokens),
                json.nullableToken("eos_token_id"),
                json.optionalTokens("stop_token_ids"));
    }

    private static List<EncoderInput> encoderInputs(JsonReader json, int promptTokens) {
        List<EncoderInput> inputs = new ArrayList<>();
        int end = 0;
        for (JsonReader item : json.optionalObjects("encoder_inputs")) {
            int position = item.requiredInt("position", end, promptTokens - 1);
            int tokens = item.requiredInt("num_tokens", 1, promptTokens - position);
            inputs.add(new EncoderInput(item.requiredText("hash"), position, tokens));
            item.requireNoOtherKeys();
            end = position + tokens;
        }
        return inputs;
    }
}
