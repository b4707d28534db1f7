package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A driver whose device is the host: memory is host memory, and kernels are the shipped sources compiled by g++ over
/// emulation.h. What is queued runs as late as it may, when an event behind it is waited for, so that memory which is used again too
/// early shows. Keeps account of what the backend does.
final class HostDriver implements CudaDriver {
    private static final CudaDevice DEVICE =
            new CudaDevice(0, "host emulation", 9, 0, 1L << 30, 4, 1_000_000, 1_000_000, 64, 232448, "");

    private final MethodHandle launch;
    private final TreeMap<Long, MemorySegment> memory = new TreeMap<>();
    private final Map<Long, Long> sizes = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private final List<List<Runnable>> graphs = new ArrayList<>();
    private final List<String> calls = new ArrayList<>();
    private final Deque<Queued> queue = new ArrayDeque<>();
    private @Nullable List<Runnable> capture;
    private boolean backwards;
    private long memoryBytes = DEVICE.memoryBytes();
    private long events;
    private long recorded;
    /// When an event was recorded last: a millisecond for every recording.
    private final Map<Long, Long> recordings = new HashMap<>();
    private boolean roomForGraphs = true;
    private String failingKernel = "";
    private String disturbedKernel = "";

    /// Work on the stream.
    private sealed interface Queued {}

    private record Work(Runnable body) implements Queued {}

    private record Mark(long event) implements Queued {}

    HostDriver() {
        SymbolLookup library = SymbolLookup.libraryLookup(HostKernels.library(), Arena.global());
        launch = Linker.nativeLinker()
                .downcallHandle(
                        library.find("host_launch").orElseThrow(),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
    }

    /// Runs the threads of a block from the last to the first.
    HostDriver backwards() {
        backwards = true;
        return this;
    }

    /// Gives the device another amount of memory.
    HostDriver withMemory(long bytes) {
        memoryBytes = bytes;
        return this;
    }

    /// From now on this kernel fails as on an illegal address.
    void failOn(String kernel) {
        failingKernel = kernel;
    }

    /// Has no memory left for graphs.
    HostDriver withoutRoomForGraphs() {
        roomForGraphs = false;
        return this;
    }

    /// From now on this kernel's results are wrong: the first element of its first argument is several times too large.
    HostDriver disturb(String kernel) {
        disturbedKernel = kernel;
        return this;
    }

    /// What the backend did since the last call: names of kernels, `upload`, `download`, `graph`, `capture`.
    List<String> takeCalls() {
        List<String> taken = List.copyOf(calls);
        calls.clear();
        return taken;
    }

    /// Allocations that have not been freed.
    int liveAllocations() {
        return memory.size();
    }

    @Override
    public CudaDevice device() {
        return DEVICE;
    }

    @Override
    public void bindThread() {}

    @Override
    public long freeBytes() {
        return memoryBytes - sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public long allocate(long bytes) {
        if (bytes > freeBytes()) {
            throw new CudaException("cuMemAlloc", CudaException.OUT_OF_MEMORY, "out of memory");
        }
        MemorySegment segment = Arena.ofAuto().allocate(Math.max(bytes, 1), 256);
        segment.fill((byte) 0xff); // NaN in every type: what is read before it was written shows
        memory.put(segment.address(), segment);
        sizes.put(segment.address(), bytes);
        return segment.address();
    }

    @Override
    public void free(long address) {
        finish();
        MemorySegment segment = memory.remove(address);
        if (segment == null) {
            throw new AssertionError("freed twice or never allocated: " + address);
        }
        segment.fill((byte) 0xff); // what is still used shows
        sizes.remove(address);
    }

    @Override
    public MemorySegment allocatePinned(long bytes) {
        MemorySegment segment = Arena.ofAuto().allocate(bytes, 256);
        memory.put(segment.address(), segment);
        return segment;
    }

    @Override
    public void freePinned(MemorySegment segment) {
        free(segment.address());
    }

    @Override
    public long loadModule(byte[] image) {
        return 1;
    }

    @Override
    public long function(long module, String name) {
        names.add(name);
        return names.size() - 1L;
    }

    @Override
    public void allowSharedBytes(long function, int bytes) {
        if (bytes > DEVICE.sharedBytesPerBlockOptIn()) {
            throw new CudaException("cuFuncSetAttribute", 1, "invalid argument");
        }
    }

    /// No CUDA version: a library of NVIDIA's that is on this machine cannot use an emulated device.
    @Override
    public int version() {
        return 0;
    }

    @Override
    public long createStream() {
        return 7;
    }

    @Override
    public long nativeStream(long stream) {
        return stream;
    }

    @Override
    public void launch(long function, LaunchShape shape, long stream, MemorySegment arguments) {
        String name = names.get((int) function);
        MemorySegment copy = copyOf(arguments);
        queue(name, () -> run(name, shape, copy));
    }

    /// The driver copies the arguments at the call; so must a captured launch. Sixteen slots are more than any kernel has.
    private static MemorySegment copyOf(MemorySegment arguments) {
        Arena arena = Arena.ofAuto();
        MemorySegment slots = arena.allocate(8L * 16, 8);
        MemorySegment pointers = arena.allocate(ADDRESS, 16);
        for (int i = 0; i < 16; i++) {
            MemorySegment slot = arguments.getAtIndex(ADDRESS, i).reinterpret(8);
            slots.setAtIndex(JAVA_LONG, i, slot.get(JAVA_LONG, 0));
            pointers.setAtIndex(ADDRESS, i, slots.asSlice(8L * i));
        }
        return pointers;
    }

    private void run(String name, LaunchShape shape, MemorySegment arguments) {
        if (name.equals(failingKernel)) {
            throw new CudaException("cuEventSynchronize", 700, "an illegal memory access was encountered");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment grid = arena.allocateFrom(
                    JAVA_INT, shape.blocksX(), shape.blocksY(), shape.blocksZ(), shape.threadsX(), shape.threadsY(), 1);
            int result = NativeLibrary.status(
                    launch, arena.allocateFrom(name), grid, shape.sharedBytes(), arguments, backwards ? 1 : 0);
            if (result != 0) {
                throw new AssertionError(name + ": emulation result " + result);
            }
            if (name.equals(disturbedKernel)) {
                MemorySegment first = arguments.getAtIndex(ADDRESS, 0).reinterpret(8).get(ADDRESS, 0).reinterpret(4);
                first.set(JAVA_INT, 0, first.get(JAVA_INT, 0) + (name.equals("sample") ? 1 : 0x1800000));
            }
        }
    }

    @Override
    public void copyToDevice(long target, MemorySegment source, long bytes, long stream) {
        queue("upload", () -> MemorySegment.copy(source, 0, at(target, bytes), 0, bytes));
    }

    @Override
    public void copyToHost(MemorySegment target, long source, long bytes, long stream) {
        queue("download", () -> MemorySegment.copy(at(source, bytes), 0, target, 0, bytes));
    }

    @Override
    public void copyOnDevice(long target, long source, long bytes, long stream) {
        queue("copy", () -> MemorySegment.copy(at(source, bytes), 0, at(target, bytes), 0, bytes));
    }

    @Override
    public void clear(long target, long bytes, long stream) {
        queue("clear", () -> at(target, bytes).fill((byte) 0));
    }

    /// Device memory as the host sees it once all work is done.
    MemorySegment read(long address, long bytes) {
        finish();
        return at(address, bytes);
    }

    /// Fails outside of an allocation.
    private MemorySegment at(long address, long bytes) {
        Map.Entry<Long, MemorySegment> allocation = memory.floorEntry(address);
        if (allocation == null || address + bytes > allocation.getKey() + sizes.getOrDefault(allocation.getKey(), 0L)) {
            throw new AssertionError("outside of device memory: " + bytes + " bytes");
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    private void queue(String name, Runnable work) {
        calls.add(name);
        if (capture != null) {
            capture.add(work);
        } else {
            queue.add(new Work(work));
        }
    }

    /// Runs everything that is queued.
    void finish() {
        while (!queue.isEmpty()) {
            runNext();
        }
    }

    private void runNext() {
        if (queue.removeFirst() instanceof Work work) {
            work.body.run();
        }
    }

    @Override
    public long createEvent() {
        return ++events;
    }

    @Override
    public void record(long event, long stream) {
        recordings.put(event, ++recorded);
        queue.remove(new Mark(event)); // recorded again
        queue.add(new Mark(event));
    }

    @Override
    public void synchronize(long event) {
        while (queue.contains(new Mark(event))) {
            runNext();
        }
    }

    @Override
    public float elapsedMillis(long from, long to) {
        return recordings.getOrDefault(to, 0L) - recordings.getOrDefault(from, 0L);
    }

    @Override
    public void destroyEvent(long event) {}

    @Override
    public void beginCapture(long stream) {
        calls.add("capture");
        capture = new ArrayList<>();
    }

    @Override
    public long endCapture(long stream) {
        if (!roomForGraphs) {
            throw new CudaException("cuGraphInstantiate", CudaException.OUT_OF_MEMORY, "out of memory");
        }
        graphs.add(Objects.requireNonNull(capture, "not capturing"));
        capture = null;
        return graphs.size() - 1L;
    }

    @Override
    public void launchGraph(long graph, long stream) {
        List<Runnable> works = graphs.get((int) graph);
        queue("graph", () -> works.forEach(Runnable::run));
    }

    @Override
    public void destroyGraph(long graph) {
        graphs.set((int) graph, List.of());
    }

    @Override
    public void profilerStart() {
        calls.add("profilerStart");
    }

    @Override
    public void profilerStop() {
        calls.add("profilerStop");
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
