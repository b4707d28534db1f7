package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.iterscope.engine.backend.cuda.NativeLibrary.MissingSymbolException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Finds out whether the CUDA backend can run here, through `libcuda` alone: no JCuda class is touched, so a machine without a driver
/// gets one line instead of a linkage error.
public final class CudaProbe {
    /// Oldest driver that the shipped kernels are made for: CUDA 12.0. (Drivers older than the compiled images take the PTX, which
    /// is written for this version.)
    static final int OLDEST_DRIVER = 12000;
    /// Oldest compute capability that has bf16 tensor cores and asynchronous copies.
    static final int OLDEST_COMPUTE_MAJOR = 8;

    private static final List<String> DRIVER_NAMES = List.of("libcuda.so.1", "libcuda.so");
    private static final int CUDA_ERROR_NO_DEVICE = 100;

    // CUdevice_attribute values of cuda.h.
    private static final int CLOCK_RATE = 13;
    private static final int MULTIPROCESSOR_COUNT = 16;
    private static final int MEMORY_CLOCK_RATE = 36;
    private static final int GLOBAL_MEMORY_BUS_WIDTH = 37;
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97;

    private final NativeLibrary driver;
    private final Arena arena;

    private CudaProbe(NativeLibrary driver, Arena arena) {
        this.driver = driver;
        this.arena = arena;
    }

    /// Looks at driver, devices and libraries. With a driver it initialises the driver API (no context is made).
    public static CudaStatus probe() {
        CudaStatus status = driver(DRIVER_NAMES);
        int served = status.driverVersion().orElse(Integer.MAX_VALUE); // without a driver, say what is there all the same
        return new CudaStatus(
                status.unavailableReason(),
                status.driverVersion(),
                status.devices(),
                CudaLibraries.cublasLt(served).map(NativeLibrary::name).findFirst(),
                CudaLibraries.cupti(served).map(NativeLibrary::name).findFirst(),
                CudaLibraries.nvml().map(NativeLibrary::name));
    }

    /// Looks at driver and devices only: the optional libraries are large, and whether the backend can run does not depend on them.
    static CudaStatus driver() {
        return driver(DRIVER_NAMES);
    }

    /// Looks at driver and devices through the first of `driverNames` that loads.
    static CudaStatus driver(List<String> driverNames) {
        Optional<NativeLibrary> driver = NativeLibrary.open(driverNames, List.of());
        if (driver.isEmpty()) {
            return status(
                    Optional.of(
                            "no CUDA driver: libcuda.so.1 was not found; install the NVIDIA driver, or in a container pass the GPU through"),
                    OptionalInt.empty(),
                    List.of());
        }
        try (Arena arena = Arena.ofConfined()) {
            return new CudaProbe(driver.get(), arena).examine();
        } catch (MissingSymbolException e) {
            return status(Optional.of("the CUDA driver is too old: " + e.getMessage() + "; update the NVIDIA driver"), OptionalInt.empty(),
                    List.of());
        }
    }

    private CudaStatus examine() {
        int initialised = call("cuInit", 0);
        OptionalInt version = version();
        if (initialised == CUDA_ERROR_NO_DEVICE) {
            return unusable("the CUDA driver finds no device; see nvidia-smi" + visibleDevicesHint(), version);
        }
        if (initialised != 0) {
            return unusable(
                    "the CUDA driver does not start: cuInit returned " + initialised + "; see nvidia-smi" + visibleDevicesHint(), version);
        }
        if (version.isPresent() && version.getAsInt() < OLDEST_DRIVER) {
            return unusable(
                    "the CUDA driver is too old: it supports CUDA " + CudaStatus.versionText(version.getAsInt()) + ", "
                            + CudaStatus.versionText(OLDEST_DRIVER) + " is needed; update the NVIDIA driver",
                    version);
        }
        List<CudaDevice> devices = devices();
        return status(deviceProblem(devices), version, devices);
    }

    private static Optional<String> deviceProblem(List<CudaDevice> devices) {
        if (devices.isEmpty()) {
            return Optional.of("the CUDA driver finds no device" + visibleDevicesHint());
        }
        CudaDevice first = devices.getFirst();
        if (first.computeMajor() < OLDEST_COMPUTE_MAJOR) {
            return Optional.of("GPU 0 (" + first.name() + ") has compute capability " + first.computeMajor() + "." + first.computeMinor()
                    + ", the kernels need " + OLDEST_COMPUTE_MAJOR + ".0; choose another with CUDA_VISIBLE_DEVICES");
        }
        return Optional.empty();
    }

    private static String visibleDevicesHint() {
        String visible = System.getenv("CUDA_VISIBLE_DEVICES");
        return visible == null ? "" : " (CUDA_VISIBLE_DEVICES=" + visible + ")";
    }

    private static CudaStatus unusable(String reason, OptionalInt version) {
        return status(Optional.of(reason), version, List.of());
    }

    private static CudaStatus status(Optional<String> reason, OptionalInt version, List<CudaDevice> devices) {
        return new CudaStatus(reason, version, devices, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private OptionalInt version() {
        MemorySegment value = arena.allocate(JAVA_INT);
        return call("cuDriverGetVersion", value) == 0 ? OptionalInt.of(value.get(JAVA_INT, 0)) : OptionalInt.empty();
    }

    private List<CudaDevice> devices() {
        MemorySegment value = arena.allocate(JAVA_INT);
        List<CudaDevice> devices = new ArrayList<>();
        int count = call("cuDeviceGetCount", value) == 0 ? value.get(JAVA_INT, 0) : 0;
        for (int ordinal = 0; ordinal < count; ordinal++) {
            if (call("cuDeviceGet", value, ordinal) == 0) {
                devices.add(describe(ordinal, value.get(JAVA_INT, 0)));
            }
        }
        return devices;
    }

    private CudaDevice describe(int ordinal, int handle) {
        MemorySegment text = arena.allocate(256);
        MemorySegment bytes = arena.allocate(JAVA_LONG);
        String name = call("cuDeviceGetName", text, 256, handle) == 0 ? text.getString(0).strip() : "unknown GPU";
        long memoryBytes = call("cuDeviceTotalMem_v2", bytes, handle) == 0 ? bytes.get(JAVA_LONG, 0) : 0;
        text.set(JAVA_BYTE, 0, (byte) 0);
        String bus = call("cuDeviceGetPCIBusId", text, 256, handle) == 0 ? text.getString(0) : "";
        return new CudaDevice(
                ordinal,
                name,
                attribute(COMPUTE_CAPABILITY_MAJOR, handle),
                attribute(COMPUTE_CAPABILITY_MINOR, handle),
                memoryBytes,
                attribute(MULTIPROCESSOR_COUNT, handle),
                attribute(CLOCK_RATE, handle),
                attribute(MEMORY_CLOCK_RATE, handle),
                attribute(GLOBAL_MEMORY_BUS_WIDTH, handle),
                attribute(MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, handle),
                bus);
    }

    private int attribute(int attribute, int handle) {
        MemorySegment value = arena.allocate(JAVA_INT);
        return call("cuDeviceGetAttribute", value, attribute, handle) == 0 ? value.get(JAVA_INT, 0) : 0;
    }

    private int call(String function, Object... arguments) {
        return driver.call(function, arguments);
    }
}
