package dev.iterscope.engine;

import java.nio.file.Path;
import java.util.Optional;

/// What an engine shows of its run. JFR events need no option: they are written while any recording runs.
///
/// @param record       file that a recording of the run is written to, with the JDK's own profile events
/// @param nvtx         whether ranges are shown to an attached NVTX tool
/// @param nvtxLayers   whether the layers of the model have ranges of their own too
/// @param window       iterations of a capture window
/// @param kernelEvery  kernels are timed in every n-th iteration; 0 for never
/// @param prefixHashes whether recorded arrivals carry hashes of their prompt's blocks where prefixes are shared, so that a replay
///                     can share them too
public record ObservationOptions(
        Optional<Path> record,
        boolean nvtx,
        boolean nvtxLayers,
        Optional<IterationWindow> window,
        int kernelEvery,
        boolean prefixHashes) {
    /// NVTX where a tool is attached, prefix hashes where something records, nothing else.
    public static final ObservationOptions DEFAULT =
            new ObservationOptions(Optional.empty(), true, false, Optional.empty(), 0, true);

    /// Iterations `first` to `last`, both included, counted from 1.
    ///
    /// @param first first iteration of the window
    /// @param last  last iteration of the window
    public record IterationWindow(long first, long last) {
        /// Checks the order.
        public IterationWindow {
            if (first < 1 || last < first) {
                throw new IllegalArgumentException("need 1 <= first <= last: " + first + ", " + last);
            }
        }
    }

    /// Checks the sampling distance.
    public ObservationOptions {
        if (kernelEvery < 0) {
            throw new IllegalArgumentException("kernelEvery must not be negative: " + kernelEvery);
        }
    }

    /// The same, recording to `file`.
    public ObservationOptions recordingTo(Path file) {
        return new ObservationOptions(Optional.of(file), nvtx, nvtxLayers, window, kernelEvery, prefixHashes);
    }

    /// The same with kernel events of every `n`-th iteration.
    public ObservationOptions withKernelEvery(int n) {
        return new ObservationOptions(record, nvtx, nvtxLayers, window, n, prefixHashes);
    }

    /// The same with or without prefix hashes.
    public ObservationOptions withPrefixHashes(boolean hashes) {
        return new ObservationOptions(record, nvtx, nvtxLayers, window, kernelEvery, hashes);
    }
}
