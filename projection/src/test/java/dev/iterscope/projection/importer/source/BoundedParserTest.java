package dev.iterscope.projection.importer.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedParserTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"[1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "{\"a\":[[[[[[[[[[[1]]]]]]]]]]]}", "[\"%s\"]"})
    void refusesATreeThatIsTooLarge(String json) throws IOException {
        String text = json.formatted("x".repeat(500));
        try (BoundedParser parser = new BoundedParser(MAPPER.createParser(text), 10)) {
            assertThatThrownBy(() -> MAPPER.readTree(parser)).isInstanceOf(StreamConstraintsException.class);
        }
        try (BoundedParser parser = new BoundedParser(MAPPER.createParser(text), 100)) {
            assertThat((Object) MAPPER.readTree(parser)).isEqualTo(MAPPER.readTree(text));
        }
    }

    @Test
    void countsEachObjectByItself() throws IOException {
        try (BoundedParser parser = new BoundedParser(MAPPER.createParser("[1,2] ".repeat(100)), 10)) {
            int trees = 0;
            while (parser.nextToken() != null) {
                parser.reset();
                assertThat(MAPPER.<JsonNode>readTree(parser).size()).isEqualTo(2);
                trees++;
            }
            assertThat(trees).isEqualTo(100);
        }
    }
}
