package dev.iterscope.engine.kvcache;

import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What, besides tokens, tells a block apart: the adapter, the multimodal items that it touches, and for the first block the salt.
///
/// @param loraName adapter
/// @param items    multimodal items, with their start relative to the block's
/// @param salt     only in the block that starts at 0
record ExtraKeys(Optional<String> loraName, List<Item> items, Optional<String> salt) {

    /// A multimodal item as a block sees it.
    ///
    /// @param contentHash identity of the item
    /// @param offset      its start less the block's start; negative when it began in an earlier block
    record Item(String contentHash, int offset) {}

    /// True when blocks of this request need nothing but their tokens.
    static boolean none(Request request) {
        return request.encoderInputs().isEmpty()
                && request.cacheKey().loraName().isEmpty()
                && request.cacheKey().salt().isEmpty();
    }

    /// The keys of the block of positions [start, end).
    static ExtraKeys of(Request request, int start, int end) {
        List<Item> items = new ArrayList<>();
        for (EncoderInput input : request.encoderInputs()) {
            if (input.position() < end && input.position() + input.tokens() > start) {
                items.add(new Item(input.contentHash(), input.position() - start));
            }
        }
        return new ExtraKeys(
                request.cacheKey().loraName(), items, start == 0 ? request.cacheKey().salt() : Optional.empty());
    }

    void addTo(BlockHash hash) {
        loraName.ifPresent(name -> {
            hash.add('L');
            hash.add(name);
        });
        for (Item item : items) {
            hash.add('M');
            hash.add(item.contentHash());
            hash.add(item.offset());
        }
        salt.ifPresent(text -> {
            hash.add('S');
            hash.add(text);
        });
    }
}
