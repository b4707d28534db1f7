package dev.iterscope.engine.backend.cuda;

import java.lang.foreign.MemorySegment;

/// The calls of the CUDA driver API that the backend makes, on one device.
///
/// Addresses are device addresses; modules, functions, streams, events and graphs are numbers that only this driver understands.
/// Work on a stream runs in order and in the background. Every call throws [CudaException] when the driver refuses it, and from a
/// fault of a kernel on also those that come after it.
interface CudaDriver extends AutoCloseable {

    /// The device that everything runs on.
    CudaDevice device();

    /// Highest CUDA version that the driver supports, 1000 x major + 10 x minor.
    int version();

    /// Makes the device's context current on the calling thread. Every other call needs that.
    void bindThread();

    /// Device memory that is free now, bytes.
    long freeBytes();

    /// Allocates device memory, aligned to 256 bytes.
    long allocate(long bytes);

    /// Frees what [#allocate] returned.
    void free(long address);

    /// Allocates page-locked host memory, which copies need to run in the background.
    MemorySegment allocatePinned(long bytes);

    /// Frees what [#allocatePinned] returned.
    void freePinned(MemorySegment memory);

    /// Loads a compiled image: a cubin, or PTX that ends with a zero.
    long loadModule(byte[] image);

    /// A kernel of a module.
    long function(long module, String name);

    /// Lets a kernel be launched with up to `bytes` of dynamic shared memory.
    void allowSharedBytes(long function, int bytes);

    /// Makes a stream that does not wait for the default stream.
    long createStream();

    /// The stream as the driver's own handle, for other CUDA libraries.
    long nativeStream(long stream);

    /// Queues a kernel.
    ///
    /// @param arguments array of addresses of the arguments; read before the call returns
    void launch(long function, LaunchShape shape, long stream, MemorySegment arguments);

    /// Queues a copy from (page-locked) host memory.
    void copyToDevice(long target, MemorySegment source, long bytes, long stream);

    /// Queues a copy to (page-locked) host memory.
    void copyToHost(MemorySegment target, long source, long bytes, long stream);

    /// Queues a copy within device memory.
    void copyOnDevice(long target, long source, long bytes, long stream);

    /// Queues zeros.
    void clear(long target, long bytes, long stream);

    /// Makes an event.
    long createEvent();

    /// Queues the event.
    void record(long event, long stream);

    /// Waits until all work queued before the event is done.
    void synchronize(long event);

    /// Milliseconds of the device between two events that have been passed.
    float elapsedMillis(long from, long to);

    /// Releases an event.
    void destroyEvent(long event);

    /// From now on work on the stream is collected instead of run.
    void beginCapture(long stream);

    /// Ends the collection and returns the graph, ready to launch.
    long endCapture(long stream);

    /// Queues a graph.
    void launchGraph(long graph, long stream);

    /// Releases a graph.
    void destroyGraph(long graph);

    /// Tells an attached profiler to start collecting.
    void profilerStart();

    /// Tells an attached profiler to stop collecting.
    void profilerStop();

    /// Releases the device.
    @Override
    void close();
}
