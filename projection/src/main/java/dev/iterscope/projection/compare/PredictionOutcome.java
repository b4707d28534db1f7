package dev.iterscope.projection.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.report.JsonDocument;
import dev.iterscope.projection.search.Interval95;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// What `project` or `sweep` predicted for a setting, beside what was measured there.
///
/// @param file                name of the document
/// @param maxNumBatchedTokens the setting
/// @param maxNumSeqs          the setting's most running requests, where the document says it
/// @param results             one per result that is predicted and measured, in the order of comparisons
/// @param sloMet              whether the prediction met the objective that it was made for; empty where it had none
public record PredictionOutcome(
        String file, int maxNumBatchedTokens, OptionalInt maxNumSeqs, List<PredictedResult> results, Optional<Boolean> sloMet) {
    /// A result, predicted and measured.
    ///
    /// @param key       as `vllm bench serve` spells it
    /// @param predicted best estimate
    /// @param interval  its 95 % interval where the document has one
    /// @param measured  what the recording shows
    public record PredictedResult(String key, double predicted, Optional<Interval95> interval, double measured) {
        /// How far the prediction is from the measurement, per cent of it.
        public double errorPercent() {
            return 100 * (predicted / measured - 1);
        }

        /// Whether the measured value lies in the interval; empty without one.
        public Optional<Boolean> isInside() {
            return interval.map(range -> measured >= range.low() && measured <= range.high());
        }
    }

    /// Reads a document of `project --format json` or `sweep --format json` and finds the row of a recorded setting.
    ///
    /// @param settings what the recording says of its setting
    /// @param measured what it achieved
    /// @throws UserInputException where the file is no such document or has no row for the setting
    public static PredictionOutcome of(Path file, Settings settings, Map<String, Double> measured) {
        if (settings.maxNumBatchedTokens().isEmpty()) {
            throw UserInputException.input("AFTER", "", "does not say its max-num-batched-tokens, so --predicted has no row for it",
                    "record from the server's start, or take a .jfr of iterscope run");
        }
        List<JsonNode> rows = rows(file);
        int budget = settings.maxNumBatchedTokens().getAsInt();
        List<JsonNode> same = rows.stream().filter(row -> row.path("max_num_batched_tokens").asInt(-1) == budget).toList();
        JsonNode row = same.stream()
                .filter(candidate -> settings.maxNumSeqs().isPresent()
                        && candidate.path("max_num_seqs").asInt(-1) == settings.maxNumSeqs().getAsInt())
                .findFirst()
                .or(() -> same.stream().filter(candidate -> !candidate.path("max_num_seqs").isInt()).findFirst())
                .orElseThrow(() -> noRow(file, settings, rows));
        List<PredictedResult> results = new ArrayList<>();
        for (String key : ResultComparison.KEYS) {
            Double found = measured.get(key);
            if (row.path(key).isNumber() && found != null) {
                results.add(new PredictedResult(key, row.path(key).asDouble(), interval(row.path("intervals").path(key)), found));
            }
        }
        JsonNode met = row.path("slo_met");
        return new PredictionOutcome(
                String.valueOf(file.getFileName()),
                budget,
                row.path("max_num_seqs").isInt() ? OptionalInt.of(row.path("max_num_seqs").asInt()) : OptionalInt.empty(),
                List.copyOf(results),
                met.isBoolean() ? Optional.of(met.asBoolean()) : Optional.empty());
    }

    private static UserInputException noRow(Path file, Settings settings, List<JsonNode> rows) {
        String wanted = "max-num-batched-tokens " + settings.maxNumBatchedTokens().orElseThrow()
                + (settings.maxNumSeqs().isPresent() ? ", max-num-seqs " + settings.maxNumSeqs().getAsInt() : "");
        String there = rows.stream()
                .map(row -> row.path("max_num_batched_tokens").asText()
                        + (row.path("max_num_seqs").isInt() ? " with max-num-seqs " + row.path("max_num_seqs").asText() : ""))
                .distinct()
                .collect(Collectors.joining(", "));
        return UserInputException.input(file.toString(), "sweep", "has no row for " + wanted + ", the setting of AFTER, only for " + there,
                "predict that setting too: --max-num-batched-tokens " + settings.maxNumBatchedTokens().orElseThrow());
    }

    private static Optional<Interval95> interval(JsonNode pair) {
        return pair.isArray() && pair.size() == 2 && pair.get(0).isNumber() && pair.get(1).isNumber()
                ? Optional.of(new Interval95(pair.get(0).asDouble(), pair.get(1).asDouble()))
                : Optional.empty();
    }

    private static List<JsonNode> rows(Path file) {
        JsonNode root = document(file);
        JsonNode version = root.path(JsonDocument.VERSION_KEY);
        if (version.isInt() && version.asInt() != JsonDocument.SCHEMA_VERSION) {
            throw UserInputException.input(file.toString(), JsonDocument.VERSION_KEY,
                    "is " + version.asInt() + ", and " + JsonDocument.SCHEMA_VERSION + " can be read",
                    "predict again with this version of iterscope");
        }
        List<JsonNode> rows = new ArrayList<>();
        root.path("sweep").forEach(rows::add);
        if (rows.isEmpty()) {
            throw UserInputException.input(file.toString(), "", "has no rows under 'sweep'",
                    "give what project --format json or sweep --format json wrote");
        }
        return rows;
    }

    private static JsonNode document(Path file) {
        try {
            return new ObjectMapper().readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw UserInputException.input(file.toString(), "line " + e.getLocation().getLineNr(), "is not JSON",
                    "give what project --format json or sweep --format json wrote");
        } catch (IOException e) {
            throw UserInputException.input(file.toString(), "", "cannot be read", "name the file of --predicted");
        }
    }
}
