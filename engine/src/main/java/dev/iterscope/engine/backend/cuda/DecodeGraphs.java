package dev.iterscope.engine.backend.cuda;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/// Decode steps captured as CUDA graphs, one a batch size: a single launch instead of hundreds, so that the host keeps ahead of the
/// device. A graph reads the step's batch from the same place as ever; rows that pad it do nothing but keep tiles full.
final class DecodeGraphs implements AutoCloseable {
    private final CudaDriver driver;
    private final long stream;
    private final ForwardPass forward;
    private final CaptureSizes sizes;
    private final Map<Integer, Long> graphs = new HashMap<>();

    DecodeGraphs(CudaDriver driver, long stream, ForwardPass forward, CaptureSizes sizes) {
        this.driver = driver;
        this.stream = stream;
        this.forward = forward;
        this.sizes = sizes;
    }

    /// The size to which a batch of generating sequences is padded; empty where it is too large for any graph.
    OptionalInt paddedRows(int rows) {
        return sizes.holding(rows);
    }

    /// Queues the graph of a size from [#paddedRows], and captures it the first time.
    void launch(int paddedRows) {
        Long graph = graphs.get(paddedRows);
        if (graph == null) {
            graph = capture(paddedRows);
            graphs.put(paddedRows, graph);
        }
        driver.launchGraph(graph, stream);
    }

    /// Captures all sizes, each after a run: what the driver or a library loads at first use it cannot load during a capture.
    /// A step must have been uploaded.
    void captureAll() {
        for (int size : sizes.sizes()) {
            if (!graphs.containsKey(size)) {
                forward.run(ForwardPass.Size.generation(size));
                graphs.put(size, capture(size));
            }
        }
    }

    private long capture(int rows) {
        driver.beginCapture(stream);
        forward.run(ForwardPass.Size.generation(rows));
        return driver.endCapture(stream);
    }

    @Override
    public void close() {
        graphs.values().forEach(driver::destroyGraph);
        graphs.clear();
    }
}
