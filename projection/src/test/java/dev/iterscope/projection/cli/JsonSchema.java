package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The JSON Schemas of the reference, as a reader of our documents would use them.
public final class JsonSchema {
    static final Path FOLDER = Path.of("../docs/reference/schema").toAbsolutePath().normalize();
    static final String SUFFIX = ".schema.json";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemas(JsonSchema::text));

    private JsonSchema() {}

    /// What a schema finds wrong with a document.
    ///
    /// @param name the schema's file name without its suffix
    static List<Error> faults(String name, JsonNode document) {
        Schema schema = REGISTRY.getSchema(SchemaLocation.of(FOLDER.resolve(name + SUFFIX).toUri().toString()));
        return schema.validate(document);
    }

    /// The document, which fits its schema.
    public static JsonNode valid(String name, String document) throws IOException {
        JsonNode parsed = MAPPER.readTree(document);
        assertThat(faults(name, parsed)).as(name).isEmpty();
        return parsed;
    }

    private static String text(String address) {
        try {
            return Files.readString(Path.of(URI.create(address)));
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }
}
