package dev.iterscope.engine.backend.cuda;

import static jcuda.driver.JCudaDriver.CU_MEMHOSTALLOC_PORTABLE;
import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuGetErrorString;
import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;
import static jcuda.driver.JCudaDriver.cuProfilerStart;
import static jcuda.driver.JCudaDriver.cuProfilerStop;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;

/// The CUDA driver through JCuda. The only class that touches JCuda's: it must not be loaded before [CudaProbe] has found a driver.
final class JCudaDriver implements CudaDriver {
    private final CudaDevice device;
    private final CUdevice handle = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final List<CUmodule> modules = new ArrayList<>();
    private final List<CUfunction> functions = new ArrayList<>();
    private final List<Stream> streams = new ArrayList<>();
    private final Map<Long, CUevent> events = new HashMap<>();
    private final Map<Long, CUgraphExec> graphs = new HashMap<>();
    private long lastNumber;

    /// A device address that can be read out and made from a number.
    private static final class Address extends CUdeviceptr {
        long value() {
            return getNativePointer() + getByteOffset();
        }
    }

    /// Host memory by its address.
    private static final class HostPointer extends Pointer {
        HostPointer(MemorySegment memory) {
            super(memory.address());
        }

        HostPointer() {}

        long value() {
            return getNativePointer();
        }
    }

    /// A stream whose handle other libraries can be given.
    private static final class Stream extends CUstream {
        long value() {
            return getNativePointer();
        }
    }

    JCudaDriver(CudaDevice device) {
        this.device = device;
        check("cuInit", cuInit(0));
        check("cuDeviceGet", cuDeviceGet(handle, device.ordinal()));
        check("cuDevicePrimaryCtxRetain", cuDevicePrimaryCtxRetain(context, handle));
        bindThread();
    }

    private static void check(String call, int result) {
        if (result != CUresult.CUDA_SUCCESS) {
            String[] text = new String[1];
            cuGetErrorString(result, text);
            throw new CudaException(call, result, text[0] == null ? "unknown error" : text[0]);
        }
    }

    private static CUdeviceptr at(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }

    @Override
    public CudaDevice device() {
        return device;
    }

    @Override
    public int version() {
        int[] version = new int[1];
        check("cuDriverGetVersion", cuDriverGetVersion(version));
        return version[0];
    }

    @Override
    public void bindThread() {
        check("cuCtxSetCurrent", cuCtxSetCurrent(context));
    }

    @Override
    public long freeBytes() {
        long[] free = new long[1];
        check("cuMemGetInfo", cuMemGetInfo(free, new long[1]));
        return free[0];
    }

    @Override
    public long allocate(long bytes) {
        Address address = new Address();
        check("cuMemAlloc", cuMemAlloc(address, Math.max(bytes, 1)));
        return address.value();
    }

    // What releases is not checked: after a fault every call fails, and the context takes its resources with it.

    @Override
    public void free(long address) {
        cuMemFree(at(address));
    }

    @Override
    public MemorySegment allocatePinned(long bytes) {
        HostPointer pointer = new HostPointer();
        check("cuMemHostAlloc", cuMemHostAlloc(pointer, bytes, CU_MEMHOSTALLOC_PORTABLE));
        return MemorySegment.ofAddress(pointer.value()).reinterpret(bytes);
    }

    @Override
    public void freePinned(MemorySegment memory) {
        cuMemFreeHost(new HostPointer(memory));
    }

    @Override
    public long loadModule(byte[] image) {
        CUmodule module = new CUmodule();
        check("cuModuleLoadData", cuModuleLoadData(module, image));
        modules.add(module);
        return modules.size() - 1L;
    }

    @Override
    public long function(long module, String name) {
        CUfunction function = new CUfunction();
        check("cuModuleGetFunction", cuModuleGetFunction(function, modules.get((int) module), name));
        functions.add(function);
        return functions.size() - 1L;
    }

    @Override
    public void allowSharedBytes(long function, int bytes) {
        check(
                "cuFuncSetAttribute",
                cuFuncSetAttribute(
                        functions.get((int) function), CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes));
    }

    @Override
    public long createStream() {
        Stream stream = new Stream();
        check("cuStreamCreate", cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        streams.add(stream);
        return streams.size() - 1L;
    }

    @Override
    public long nativeStream(long stream) {
        return streams.get((int) stream).value();
    }

    private Stream stream(long stream) {
        return streams.get((int) stream);
    }

    @Override
    public void launch(long function, LaunchShape shape, long stream, MemorySegment arguments) {
        check(
                "cuLaunchKernel",
                cuLaunchKernel(
                        functions.get((int) function),
                        shape.blocksX(),
                        shape.blocksY(),
                        shape.blocksZ(),
                        shape.threadsX(),
                        shape.threadsY(),
                        1,
                        shape.sharedBytes(),
                        stream(stream),
                        new HostPointer(arguments),
                        null));
    }

    @Override
    public void copyToDevice(long target, MemorySegment source, long bytes, long stream) {
        check("cuMemcpyHtoDAsync", cuMemcpyHtoDAsync(at(target), new HostPointer(source), bytes, stream(stream)));
    }

    @Override
    public void copyToHost(MemorySegment target, long source, long bytes, long stream) {
        check("cuMemcpyDtoHAsync", cuMemcpyDtoHAsync(new HostPointer(target), at(source), bytes, stream(stream)));
    }

    @Override
    public void copyOnDevice(long target, long source, long bytes, long stream) {
        check("cuMemcpyDtoDAsync", cuMemcpyDtoDAsync(at(target), at(source), bytes, stream(stream)));
    }

    @Override
    public void clear(long target, long bytes, long stream) {
        check("cuMemsetD8Async", cuMemsetD8Async(at(target), (byte) 0, bytes, stream(stream)));
    }

    @Override
    public long createEvent() {
        CUevent event = new CUevent();
        check("cuEventCreate", cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT));
        events.put(++lastNumber, event);
        return lastNumber;
    }

    private CUevent event(long event) {
        CUevent found = events.get(event);
        if (found == null) {
            throw new IllegalArgumentException("no event " + event);
        }
        return found;
    }

    @Override
    public void record(long event, long stream) {
        check("cuEventRecord", cuEventRecord(event(event), stream(stream)));
    }

    @Override
    public void synchronize(long event) {
        check("cuEventSynchronize", cuEventSynchronize(event(event)));
    }

    @Override
    public float elapsedMillis(long from, long to) {
        float[] millis = new float[1];
        check("cuEventElapsedTime", cuEventElapsedTime(millis, event(from), event(to)));
        return millis[0];
    }

    @Override
    public void destroyEvent(long event) {
        cuEventDestroy(event(event));
        events.remove(event);
    }

    @Override
    public void beginCapture(long stream) {
        check(
                "cuStreamBeginCapture",
                cuStreamBeginCapture(stream(stream), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    }

    @Override
    public long endCapture(long stream) {
        CUgraph graph = new CUgraph();
        check("cuStreamEndCapture", cuStreamEndCapture(stream(stream), graph));
        CUgraphExec executable = new CUgraphExec();
        check("cuGraphInstantiate", cuGraphInstantiate(executable, graph, 0));
        check("cuGraphDestroy", cuGraphDestroy(graph));
        graphs.put(++lastNumber, executable);
        return lastNumber;
    }

    @Override
    public void launchGraph(long graph, long stream) {
        check("cuGraphLaunch", cuGraphLaunch(graph(graph), stream(stream)));
    }

    private CUgraphExec graph(long graph) {
        CUgraphExec found = graphs.get(graph);
        if (found == null) {
            throw new IllegalArgumentException("no graph " + graph);
        }
        return found;
    }

    @Override
    public void destroyGraph(long graph) {
        cuGraphExecDestroy(graph(graph));
        graphs.remove(graph);
    }

    @Override
    public void profilerStart() {
        check("cuProfilerStart", cuProfilerStart());
    }

    @Override
    public void profilerStop() {
        check("cuProfilerStop", cuProfilerStop());
    }

    @Override
    public void close() {
        modules.forEach(module -> cuModuleUnload(module));
        streams.forEach(stream -> cuStreamDestroy(stream));
        cuDevicePrimaryCtxRelease(handle);
    }
}
