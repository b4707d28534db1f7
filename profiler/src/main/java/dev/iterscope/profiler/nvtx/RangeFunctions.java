package dev.iterscope.profiler.nvtx;

/// Opens and closes ranges of one domain. A function that the tool does not have now does nothing.
interface RangeFunctions {

    /// Opens a range that nests with others of this operating-system thread.
    ///
    /// @return whether the tool took it
    boolean push(EventAttributes attributes);

    /// Closes the innermost range that this thread opened with [#push].
    void pop();

    /// Opens a range that any thread may close.
    ///
    /// @return its number, 0 if the tool did not take it
    long start(EventAttributes attributes);

    /// Closes a range opened with [#start].
    void end(long range);
}
