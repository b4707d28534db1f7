package dev.iterscope.engine.kvcache;

/// Prefix-cache look-ups in tokens, each request counted once: at its first admission. What a resumed request finds of its own
/// blocks says nothing about the workload, so it is left out, as vLLM does.
///
/// @param requests      requests admitted
/// @param queriedTokens their tokens
/// @param hitTokens     tokens that need not be computed
public record PrefixCacheStats(long requests, long queriedTokens, long hitTokens) {

    /// Share of the queried tokens that were found, 0..1; 0 before the first query.
    public double hitRate() {
        return queriedTokens == 0 ? 0 : (double) hitTokens / queriedTokens;
    }
}
