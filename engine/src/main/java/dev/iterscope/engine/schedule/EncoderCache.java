package dev.iterscope.engine.schedule;

import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Request;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Which encoder outputs are held, and for whom: an item is computed once and kept until every request that needs it has passed it,
/// and after that until the room is needed. Items are known by their content, so requests with the same image share.
final class EncoderCache {

    private static final class Entry {
        final int tokens;
        final Set<Sequence> users = new HashSet<>();

        Entry(int tokens) {
            this.tokens = tokens;
        }
    }

    private final Map<String, Entry> entries = new HashMap<>();
    /// Entries without users, longest unused first.
    private final LinkedHashMap<String, Entry> unused = new LinkedHashMap<>();
    private int free;
    private int reclaimable;

    /// @param capacity encoder tokens that can be held
    EncoderCache(int capacity) {
        this.free = capacity;
        this.reclaimable = capacity;
    }

    /// True when the item is held; the sequence is then one of its users.
    boolean use(Sequence sequence, EncoderInput input) {
        Entry entry = entries.get(input.contentHash());
        if (entry == null) {
            return false;
        }
        if (entry.users.isEmpty() && unused.remove(input.contentHash()) != null) {
            reclaimable -= entry.tokens;
        }
        if (entry.users.add(sequence)) {
            sequence.encoderInputsCached++;
        }
        return true;
    }

    /// Makes room for an item, if need be by dropping unused ones.
    ///
    /// @param planned tokens of items that the same step will add before it
    boolean makeRoom(int tokens, int planned) {
        int needed = tokens + planned;
        if (needed > reclaimable) {
            return false;
        }
        Iterator<Map.Entry<String, Entry>> oldest = unused.entrySet().iterator();
        while (needed > free) {
            Map.Entry<String, Entry> dropped = oldest.next();
            oldest.remove();
            entries.remove(dropped.getKey());
            free += dropped.getValue().tokens;
        }
        return true;
    }

    /// Holds an item that this step computes.
    void add(Sequence sequence, EncoderInput input) {
        Entry entry = new Entry(input.tokens());
        entry.users.add(sequence);
        sequence.encoderInputsCached++;
        entries.put(input.contentHash(), entry);
        free -= input.tokens();
        reclaimable -= input.tokens();
    }

    /// True when the sequence is one of the item's users.
    boolean isUsedBy(Sequence sequence, EncoderInput input) {
        Entry entry = entries.get(input.contentHash());
        return entry != null && entry.users.contains(sequence);
    }

    /// Drops an item that will not be computed, whoever uses it.
    void forget(EncoderInput input) {
        Entry entry = entries.remove(input.contentHash());
        if (entry == null) {
            return;
        }
        free += entry.tokens;
        if (unused.remove(input.contentHash()) == null) {
            reclaimable += entry.tokens;
        }
        for (Sequence user : entry.users) {
            user.encoderInputsCached--;
        }
    }

    /// The sequence no longer needs the items that end at or before `computed`; all of them for `Integer.MAX_VALUE`.
    void releasePassed(Sequence sequence, int computed) {
        Request request = sequence.request();
        for (EncoderInput input : request.encoderInputs()) {
            if (sequence.encoderInputsCached == 0) {
                return;
            }
            Entry entry = entries.get(input.contentHash());
            if (entry == null || input.position() + input.tokens() > computed || !entry.users.remove(sequence)) {
                continue;
            }
            sequence.encoderInputsCached--;
            if (entry.users.isEmpty()) {
                unused.put(input.contentHash(), entry);
                reclaimable += entry.tokens;
            }
        }
    }
}
