package dev.iterscope.projection.simulate;

/// How many engines serve a workload side by side, each with a scheduler, limits and a KV cache of its own.
///
/// A request goes to the rank with the smallest 4 x waiting + running, the first of equals: the rule of vLLM's own load balancer. The
/// counts are those of the moment it is sent; vLLM's balancer sees them up to 100 ms late, and counts what it has sent meanwhile as waiting.
///
/// @param size    data-parallel ranks, at least 1
/// @param coupled whether ranks wait for each other in every step, as those of mixture-of-experts models do: a step takes as long as the
///                slowest rank's, and ranks without work take part with empty steps. vLLM lets empty steps run on for up to 31 steps after
///                the last request; these are not simulated
public record DataParallel(int size, boolean coupled) {
    /// One engine.
    public static final DataParallel NONE = new DataParallel(1, false);

    /// Checks the size.
    public DataParallel {
        if (size < 1) {
            throw new IllegalArgumentException("need at least one rank: " + size);
        }
    }
}
