package dev.iterscope.projection.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map.Entry;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The JSON schema says what the parser does: the same keys, the same required ones, the same types and bounds.
class ScenarioSchemaTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final JsonNode SCHEMA = read();

    private static JsonNode read() {
        try {
            return MAPPER.readTree(Path.of("../docs/reference/schema/schedule-scenario.schema.json").toFile());
        } catch (IOException fault) {
            throw new AssertionError(fault);
        }
    }

    /// An object of a scenario: where it stands, and what the schema says about it.
    enum Level {
        SCENARIO("", ""),
        REQUEST("/requests/0", "/$defs/request"),
        ENCODER_INPUT("/requests/0/encoder_inputs/0", "/$defs/encoder_input");

        private final String pointer;
        private final String definition;

        Level(String pointer, String definition) {
            this.pointer = pointer;
            this.definition = definition;
        }

        ObjectNode in(JsonNode scenario) {
            return (ObjectNode) scenario.at(pointer);
        }

        JsonNode schema() {
            return SCHEMA.at(definition);
        }
    }

    record Property(Level level, String name, JsonNode schema) {
        @Override
        public String toString() {
            return level + " " + name;
        }
    }

    static Stream<Property> properties() {
        List<Property> all = new ArrayList<>();
        for (Level level : Level.values()) {
            for (Entry<String, JsonNode> property : level.schema().required("properties").properties()) {
                all.add(new Property(level, property.getKey(), property.getValue()));
            }
        }
        return all.stream();
    }

    private static JsonNode minimal() {
        try {
            return MAPPER.readTree("""
                    {"max_num_seqs": 4, "max_num_batched_tokens": 64, "block_size": 4, "num_gpu_blocks": 100,
                     "requests": [{"id": "a", "num_prompt_tokens": 3, "max_tokens": 2,
                                   "encoder_inputs": [{"hash": "x", "position": 1, "num_tokens": 1}]}]}
                    """);
        } catch (IOException fault) {
            throw new AssertionError(fault);
        }
    }

    private static void parse(JsonNode scenario) {
        try {
            ScenarioReader.read("s.json", new StringReader(scenario.toString()));
        } catch (IOException fault) {
            throw new AssertionError(fault);
        }
    }

    private static JsonNode with(Property property, JsonNode value) {
        JsonNode scenario = minimal();
        ObjectNode object = property.level.in(scenario);
        if (property.name.equals("prompt_token_ids")) {
            object.remove("num_prompt_tokens");
        }
        object.set(property.name, value);
        return scenario;
    }

    private static void accepted(Property property, JsonNode value) {
        parse(with(property, value));
    }

    private static void refused(Property property, JsonNode value) {
        assertThatThrownBy(() -> parse(with(property, value)))
                .as("%s of %s", value, property)
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("." + property.name);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("properties")
    void defaultsAndExamplesAreAccepted(Property property) {
        assertThat(property.schema.has("description") || property.name.equals("requests")).isTrue();
        if (property.schema.has("default")) {
            accepted(property, property.schema.get("default"));
        }
        property.schema.path("examples").forEach(example -> accepted(property, example));
        boolean shown = property.schema.has("default") || property.schema.has("examples");
        assertThat(shown || property.name.equals("requests")).as("has a default or an example").isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("properties")
    void requiredMeansRequired(Property property) {
        JsonNode scenario = minimal();
        property.level.in(scenario).remove(property.name);
        if (contains(property.level.schema().required("required"), property.name) || property.name.equals("num_prompt_tokens")) {
            assertThatThrownBy(() -> parse(scenario)).hasMessageContaining(property.name + ": is missing");
        } else {
            parse(scenario);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("properties")
    void typesAndBoundsAreTheParsers(Property property) {
        JsonNode schema = property.schema;
        schema.path("enum").forEach(word -> accepted(property, word));
        if (schema.has("enum")) {
            refused(property, MAPPER.getNodeFactory().textNode("another"));
        }
        if (!isNullable(schema)) {
            refused(property, MAPPER.nullNode());
        } else {
            accepted(property, MAPPER.nullNode());
        }
        refused(property, MAPPER.createObjectNode());
        bounds(property, schema);
    }

    private static void bounds(Property property, JsonNode schema) {
        boolean positional = property.level == Level.ENCODER_INPUT || property.name.equals("num_prompt_tokens");
        if (schema.has("minimum")) {
            if (!property.name.equals("num_prompt_tokens")) {
                accepted(property, schema.get("minimum"));
            }
            refused(property, schema.get("minimum").isIntegralNumber() ? next(schema.get("minimum"), -1) : decimal(-0.5));
        }
        if (schema.has("maximum") && !positional) {
            accepted(property, schema.get("maximum"));
            refused(property, next(schema.get("maximum"), 1));
        }
        if (schema.has("exclusiveMaximum")) {
            refused(property, schema.get("exclusiveMaximum"));
        }
    }

    private static JsonNode next(JsonNode number, int step) {
        return BigIntegerNode.valueOf(number.bigIntegerValue().add(BigInteger.valueOf(step)));
    }

    private static JsonNode decimal(double value) {
        return MAPPER.getNodeFactory().numberNode(value);
    }

    private static boolean isNullable(JsonNode schema) {
        return schema.path("type").isArray() && contains(schema.get("type"), "null");
    }

    private static boolean contains(JsonNode list, String text) {
        for (JsonNode element : list) {
            if (element.asText().equals(text)) {
                return true;
            }
        }
        return false;
    }

    /// The parser tells the keys that it knows when it meets another.
    @Test
    void everyKeyOfTheParserIsInTheSchema() {
        for (Level level : Level.values()) {
            JsonNode scenario = minimal();
            level.in(scenario).put("another", 1);
            assertThat(level.schema().path("additionalProperties").asBoolean(true)).isFalse();
            assertThatThrownBy(() -> parse(scenario)).isInstanceOf(UserInputException.class).satisfies(fault -> {
                String known = String.valueOf(fault.getMessage()).replaceFirst(".*known here are ", "");
                Set<String> inSchema = new TreeSet<>();
                level.schema().required("properties").fieldNames().forEachRemaining(inSchema::add);
                assertThat(known.split(", ")).containsExactlyElementsOf(inSchema);
            });
        }
    }
}
