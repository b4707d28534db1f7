package dev.iterscope.samples.architecture.broken.engine.step;

import java.util.List;

/// Breaks R4 by a call that starts threads.
public final class UsesParallelStream {

    /// The impure call.
    public long count(List<String> names) {
        return names.parallelStream().count();
    }
}
