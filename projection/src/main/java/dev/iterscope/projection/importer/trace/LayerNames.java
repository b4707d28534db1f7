package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.Cursor;

/// Ranges that name a decoder layer: ours are called `layer 12`, vLLM's name a module such as `model.layers.12.self_attn`.
final class LayerNames {

    private static final String OURS = "layer ";
    private static final String MODULE = "layers.";
    private static final int MOST = 10_000;

    private LayerNames() {}

    /// The layer that a text names, or -1.
    static int layerOf(String text) {
        if (text.startsWith(OURS)) {
            return number(text, OURS.length());
        }
        int module = text.indexOf(MODULE);
        return module < 0 ? -1 : number(text, module + MODULE.length());
    }

    private static int number(String text, int at) {
        Cursor cursor = new Cursor().on(text, at);
        return cursor.number() && cursor.integer() < MOST ? (int) cursor.integer() : -1;
    }
}
