package dev.iterscope.profiler.nvtx;

/// One range of one domain, open or not, of one executing thread.
///
/// NVTX nests pushed ranges per operating-system thread. A virtual thread may go on on another one, so there the range
/// is started and ended by its number instead.
final class OpenRange {

    private enum State {
        CLOSED,
        PUSHED,
        STARTED
    }

    private final RangeFunctions functions;
    private State state = State.CLOSED;
    private long number;

    OpenRange(RangeFunctions functions) {
        this.functions = functions;
    }

    void open(EventAttributes attributes) {
        close();
        if (Thread.currentThread().isVirtual()) {
            number = functions.start(attributes);
            state = number == 0 ? State.CLOSED : State.STARTED;
        } else {
            state = functions.push(attributes) ? State.PUSHED : State.CLOSED;
        }
    }

    /// Closes what is open, so that ranges stay balanced when a tool comes or goes meanwhile.
    void close() {
        State was = state;
        state = State.CLOSED;
        switch (was) {
            case PUSHED -> functions.pop();
            case STARTED -> functions.end(number);
            case CLOSED -> {}
        }
    }
}
