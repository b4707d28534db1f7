package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.ExecutionObserver;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Opens a timer at the first step that is timed. A profiling library costs memory and time from the moment it is taken into use, which a
/// run without kernel events is to be spared.
final class LazyTimer implements KernelTimer {
    private final Supplier<KernelTimer> opening;
    private @Nullable KernelTimer opened;

    /// @param opening opens the timer
    LazyTimer(Supplier<KernelTimer> opening) {
        this.opening = opening;
    }

    @Override
    public String source() {
        return opened == null ? NONE.source() : opened.source();
    }

    @Override
    public KernelTrace begin(long iteration) {
        if (opened == null) {
            opened = opening.get();
        }
        return opened.begin(iteration);
    }

    @Override
    public void report(long iteration, ExecutionObserver observer) {
        if (opened != null) {
            opened.report(iteration, observer);
        }
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
        }
    }
}
