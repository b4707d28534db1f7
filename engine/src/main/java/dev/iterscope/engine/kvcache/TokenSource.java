package dev.iterscope.engine.kvcache;

/// Tells the tokens of a sequence, so that the cache can hash them block by block without holding a copy.
@FunctionalInterface
public interface TokenSource {

    /// The token at `position`; must give the same answer every time.
    int tokenAt(int position);
}
