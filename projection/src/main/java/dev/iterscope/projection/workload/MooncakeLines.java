package dev.iterscope.projection.workload;

import com.fasterxml.jackson.databind.JsonNode;
import dev.iterscope.engine.request.Prompt;
import java.util.Optional;
import java.util.OptionalDouble;

/// The Mooncake traces: `timestamp` in milliseconds, `input_length`, `output_length`, and `hash_ids`, one per block of 512 prompt
/// tokens. Requests share exactly the leading blocks whose hashes are equal.
final class MooncakeLines extends JsonLines {
    private static final int TOKENS_PER_HASH = 512;

    MooncakeLines() {
        super("hash_ids");
    }

    @Override
    String title() {
        return "Mooncake trace";
    }

    @Override
    TraceEntry entry(LineSource lines, JsonNode row, int position) {
        int input = lines.tokens("input_length", whole(lines, row, "input_length"));
        int output = lines.tokens("output_length", whole(lines, row, "output_length"));
        JsonNode ids = row.path("hash_ids");
        if (!ids.isArray() || (long) ids.size() * TOKENS_PER_HASH < input) {
            throw lines.bad(
                    ids.size() + " hash_ids of " + TOKENS_PER_HASH + " tokens do not cover " + input + " tokens",
                    "correct or remove the row");
        }
        long[] hashes = new long[ids.size()];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = ids.get(i).asLong();
        }
        return new TraceEntry(
                "mooncake-" + position,
                OptionalDouble.of(number(lines, row, "timestamp") / 1000),
                input,
                output,
                Optional.of(new Prompt.Hashed(input, TOKENS_PER_HASH, hashes)),
                0);
    }
}
