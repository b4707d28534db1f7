package dev.iterscope.projection.workload;

import java.io.IOException;

/// One way of writing requests into a file.
interface TraceFormat {

    /// True when the first line of a file looks like this format.
    boolean recognises(String firstLine);

    /// Reads at most `limit` requests.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException at the first row that cannot be used, naming file and line
    Trace read(LineSource lines, int limit) throws IOException;
}
