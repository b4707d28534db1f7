package dev.iterscope.projection.scenario;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.kvcache.KvCacheConfig.FreeOrder;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.SchedulerConfig.Policy;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads scenario files. Every fault is a [UserInputException] that names the file and the JSON path.
public final class ScenarioReader {
    /// Bounds of what a scenario may ask for, far beyond real engines: they keep sums inside their types.
    static final int MOST_TOKENS = 100_000_000;

    static final int MOST_LIMIT = 1_000_000_000;
    private static final int MOST_BLOCK_SIZE = 1_000_000;
    private static final int MOST_BLOCKS = 1 << 24;
    private static final int MOST_BATCHES = 64;
    private static final int MOST_DRAFTS = 1_000;
    static final long MOST_STEPS = 1_000_000_000_000L;
    private static final int DEFAULT_MODEL_LENGTH = 8192;
    private static final int DEFAULT_STEPS = 1000;

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ScenarioReader() {}

    /// Reads a file.
    ///
    /// @throws IOException        when it cannot be read
    /// @throws UserInputException when it is not a scenario
    public static Scenario read(Path file) throws IOException {
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            return read(file.toString(), reader);
        }
    }

    /// Reads a text.
    ///
    /// @param name what faults call it
    /// @throws IOException        when it cannot be read
    /// @throws UserInputException when it is not a scenario
    public static Scenario read(String name, Reader text) throws IOException {
        JsonNode root;
        try {
            root = MAPPER.readTree(text);
        } catch (JsonProcessingException fault) {
            throw UserInputException.input(name, place(fault.getLocation()), "is not JSON (" + fault.getOriginalMessage() + ")",
                    "correct it there");
        } catch (CharacterCodingException fault) {
            throw UserInputException.input(name, "", "is not UTF-8 text", "give a JSON file");
        }
        return scenario(new JsonReader(name, "$", root));
    }

    private static String place(@Nullable JsonLocation location) {
        return location == null ? "$" : "line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private static Scenario scenario(JsonReader json) {
        SchedulerConfig scheduler = scheduler(json);
        KvCacheConfig kv = new KvCacheConfig(
                json.requiredInt("block_size", 1, MOST_BLOCK_SIZE),
                json.requiredInt("num_gpu_blocks", 2, MOST_BLOCKS),
                json.optionalBoolean("enable_prefix_caching", false),
                json.choice("free_order", FreeOrder.APPEND_ALL, List.of("append_all", "unhashed_first"),
                        word -> word.equals("append_all") ? FreeOrder.APPEND_ALL : FreeOrder.UNHASHED_FIRST));
        int batches = json.optionalInt("max_concurrent_batches", scheduler.asyncScheduling() ? 2 : 1, 1, MOST_BATCHES);
        long maxSteps = json.optionalLong("max_steps", DEFAULT_STEPS, 0, MOST_STEPS);
        Set<Long> throttled = new HashSet<>(json.optionalLongs("throttle_prefill_steps", 1, MOST_STEPS));
        List<ScenarioRequest> requests = RequestReader.readAll(json.requiredObjects("requests"));
        json.requireNoOtherKeys();
        return new Scenario(scheduler, kv, batches, maxSteps, throttled, requests);
    }

    private static SchedulerConfig scheduler(JsonReader json) {
        int maxSeqs = json.requiredInt("max_num_seqs", 1, MOST_LIMIT);
        int budget = json.requiredInt("max_num_batched_tokens", 1, MOST_LIMIT);
        return new SchedulerConfig(
                budget,
                maxSeqs,
                json.optionalInt("max_model_len", DEFAULT_MODEL_LENGTH, 1, MOST_LIMIT),
                json.optionalBoolean("enable_chunked_prefill", true),
                json.optionalInt("long_prefill_token_threshold", 0, 0, MOST_LIMIT),
                json.choice("policy", Policy.FCFS, List.of("fcfs", "priority"),
                        word -> word.equals("fcfs") ? Policy.FCFS : Policy.PRIORITY),
                json.optionalBoolean("async_scheduling", false),
                json.optionalBoolean("scheduler_reserve_full_isl", false),
                json.optionalDouble("watermark", 0, 0, 1),
                json.optionalInt("max_num_encoder_input_tokens", budget, 0, MOST_LIMIT),
                !json.optionalBoolean("disable_chunked_mm_input", false),
                json.optionalInt("num_speculative_tokens", 0, 0, MOST_DRAFTS));
    }
}
