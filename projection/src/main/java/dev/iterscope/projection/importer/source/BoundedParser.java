package dev.iterscope.projection.importer.source;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;

/// A parser that refuses to go on when what it read since [#reset()] would not fit into memory as a tree: a small compressed file can hold
/// an object of any size.
final class BoundedParser extends JsonParserDelegate {

    /// A node of a tree takes some forty bytes, and half of the memory is for what is made of it.
    private static final long BYTES_PER_NODE = 80;
    private static final int CHARACTERS_PER_NODE = 40;

    private final long most;
    private long nodes;

    BoundedParser(JsonParser parser) {
        this(parser, Runtime.getRuntime().maxMemory() / BYTES_PER_NODE);
    }

    BoundedParser(JsonParser parser, long mostNodes) {
        super(parser);
        this.most = mostNodes;
    }

    /// Begins to count anew.
    void reset() {
        nodes = 0;
    }

    @Override
    public JsonToken nextToken() throws IOException {
        JsonToken token = super.nextToken();
        nodes += token == JsonToken.VALUE_STRING ? 1 + getTextLength() / CHARACTERS_PER_NODE : 1;
        if (nodes > most) {
            throw new StreamConstraintsException("an object is too large for the memory", currentLocation());
        }
        return token;
    }
}
