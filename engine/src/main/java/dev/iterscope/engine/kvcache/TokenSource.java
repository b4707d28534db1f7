package dev.iterscope.engine.kvcache;

import java.util.function.LongConsumer;

/// Tells the tokens of a sequence, so that the cache can hash them block by block without holding a copy.
@FunctionalInterface
public interface TokenSource {

    /// The token at `position`; must give the same answer every time.
    int tokenAt(int position);

    /// Tells what the tokens from `start` to before `end` are, in words that are equal where the tokens are: here the tokens
    /// themselves, two to a word. A source that knows its tokens by an identity tells that instead, which is shorter.
    default void content(int start, int end, LongConsumer words) {
        for (int position = start; position < end; position += 2) {
            long low = tokenAt(position);
            long high = position + 1 < end ? tokenAt(position + 1) : 0;
            words.accept(low | high << 32);
        }
    }
}
