package dev.iterscope.projection.importer.steps;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Numbers for words that come again and again.
final class Words {

    private final List<Optional<String>> words = new ArrayList<>();
    private final Map<String, Integer> keys = new HashMap<>();

    int keyOf(String word) {
        Integer known = keys.get(word);
        if (known != null) {
            return known;
        }
        keys.put(word, words.size());
        words.add(Optional.of(word));
        return words.size() - 1;
    }

    Optional<String> wordOf(int key) {
        return words.get(key);
    }
}
