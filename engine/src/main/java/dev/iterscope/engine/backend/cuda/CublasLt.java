package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.iterscope.engine.backend.cuda.NativeLibrary.MissingSymbolException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Matrix products by NVIDIA's cuBLASLt. It thinks in columns, so our rows are its columns: y' (n x m) = transposed w (k x n) times x'
/// (k x m). The algorithm is its own first choice for a shape; shapes that it has none for go to our kernels.
///
/// Which algorithm it takes depends on m, and so do the last bits of a row.
final class CublasLt implements MatrixProduct, AutoCloseable {
    /// Scratch memory that algorithms may use: what NVIDIA recommends for Hopper.
    static final long SCRATCH_BYTES = 32L << 20;

    // Values of cublasLt.h and library_types.h.
    private static final int COMPUTE_32F = 68;
    private static final int R_32F = 0;
    private static final int R_16BF = 14;
    private static final int DESC_TRANSA = 3;
    private static final int DESC_EPILOGUE = 7;
    private static final int DESC_BIAS_POINTER = 8;
    private static final int OP_T = 1;
    private static final int EPILOGUE_BIAS = 4;
    private static final int PREFERENCE_MAX_WORKSPACE_BYTES = 1;
    /// cublasLtMatmulHeuristicResult_t: the algorithm (64 bytes), its scratch memory, a status, waves, reserved.
    private static final int HEURISTIC_BYTES = 96;
    private static final int HEURISTIC_STATE = 72;

    private final NativeLibrary library;
    private final Arena arena;
    private final MemorySegment handle;
    private final MemorySegment preference;
    private final MemorySegment one;
    private final MemorySegment zero;
    private final long nativeStream;
    private final long scratch;
    private final MatrixProduct fallback;
    private final MethodHandle matmul;
    private final Map<Shape, Plan> plans = new HashMap<>();

    /// What an algorithm is chosen for.
    private record Shape(int m, int n, int k, GemmOutput output, boolean biased) {}

    /// Descriptors and the algorithm; without one the shape is not for cuBLASLt.
    private record Plan(
            MemorySegment operation, MemorySegment w, MemorySegment x, MemorySegment y, Optional<MemorySegment> algorithm) {}

    private CublasLt(
            NativeLibrary library, Arena arena, MemorySegment handle, long nativeStream, long scratch, MatrixProduct fallback) {
        this.library = library;
        this.arena = arena;
        this.handle = handle;
        this.nativeStream = nativeStream;
        this.scratch = scratch;
        this.fallback = fallback;
        one = arena.allocateFrom(JAVA_FLOAT, 1f);
        zero = arena.allocateFrom(JAVA_FLOAT, 0f);
        MemoryLayout[] arguments = new MemoryLayout[16];
        Arrays.fill(arguments, ADDRESS);
        arguments[14] = JAVA_LONG; // bytes of scratch memory
        matmul = library.function("cublasLtMatmul", FunctionDescriptor.of(JAVA_INT, arguments));
        preference = create("cublasLtMatmulPreferenceCreate");
        MemorySegment bytes = arena.allocateFrom(JAVA_LONG, SCRATCH_BYTES);
        check("cublasLtMatmulPreferenceSetAttribute", preference, PREFERENCE_MAX_WORKSPACE_BYTES, bytes, (long) Long.BYTES);
    }

    /// The newest library that is here and starts; empty where there is none.
    ///
    /// @param scratch  device memory of [#SCRATCH_BYTES]
    /// @param fallback takes the shapes that cuBLASLt does not
    static Optional<CublasLt> open(CudaDriver driver, long stream, long scratch, MatrixProduct fallback) {
        return CudaLibraries.cublasLt(driver.version())
                .flatMap(library -> open(library, driver.nativeStream(stream), scratch, fallback).stream())
                .findFirst();
    }

    /// Takes the library into use; empty where it does not start or is not what we know.
    private static Optional<CublasLt> open(NativeLibrary library, long nativeStream, long scratch, MatrixProduct fallback) {
        Arena arena = Arena.ofAuto();
        try {
            MemorySegment handle = arena.allocate(ADDRESS);
            if (library.call("cublasLtCreate", handle) == 0) {
                return Optional.of(
                        new CublasLt(library, arena, handle.get(ADDRESS, 0), nativeStream, scratch, fallback));
            }
        } catch (MissingSymbolException unknown) {
            // as if it were not there
        }
        return Optional.empty();
    }

    /// File name of the library.
    String name() {
        return library.name();
    }

    @Override
    public void multiply(long y, long x, long w, long bias, int m, int n, int k, GemmOutput output) {
        int rows = Workspace.padded(m); // the rows behind m have room, and nobody reads what becomes of them
        Plan plan = plans.computeIfAbsent(new Shape(rows, n, k, output, bias != 0), shape -> plan(shape, bias));
        if (plan.algorithm.isEmpty()) {
            fallback.multiply(y, x, w, bias, m, n, k, output);
            return;
        }
        if (bias != 0) {
            set(plan.operation, DESC_BIAS_POINTER, bias);
        }
        run(plan, y, x, w, output == GemmOutput.ADD_F32 ? one : zero);
    }

    /// Called for every product of a step, so by an exact call.
    private void run(Plan plan, long y, long x, long w, MemorySegment beta) {
        MemorySegment target = MemorySegment.ofAddress(y);
        int status;
        try {
            status = (int) matmul.invokeExact(
                    handle,
                    plan.operation,
                    one,
                    MemorySegment.ofAddress(w),
                    plan.w,
                    MemorySegment.ofAddress(x),
                    plan.x,
                    beta,
                    target,
                    plan.y,
                    target,
                    plan.y,
                    plan.algorithm.orElseThrow(),
                    MemorySegment.ofAddress(scratch),
                    SCRATCH_BYTES,
                    MemorySegment.ofAddress(nativeStream));
        } catch (Throwable e) {
            throw NativeLibrary.failure(e);
        }
        if (status != 0) {
            throw new CudaException("cublasLtMatmul", status, "cuBLAS status");
        }
    }

    /// @param bias of one such product: the choice of an algorithm looks at the address's alignment
    private Plan plan(Shape shape, long bias) {
        MemorySegment operation = create("cublasLtMatmulDescCreate", COMPUTE_32F, R_32F);
        set(operation, DESC_TRANSA, OP_T);
        if (shape.biased) {
            set(operation, DESC_EPILOGUE, EPILOGUE_BIAS);
            set(operation, DESC_BIAS_POINTER, bias);
        }
        MemorySegment w = layout(R_16BF, shape.k, shape.n);
        MemorySegment x = layout(R_16BF, shape.k, shape.m);
        MemorySegment y = layout(shape.output == GemmOutput.STORE_BF16 ? R_16BF : R_32F, shape.n, shape.m);
        MemorySegment result = arena.allocate(HEURISTIC_BYTES, 8);
        MemorySegment found = arena.allocate(JAVA_INT);
        int status = library.call(
                "cublasLtMatmulAlgoGetHeuristic", handle, operation, w, x, y, y, preference, 1, result, found);
        boolean usable = status == 0 && found.get(JAVA_INT, 0) > 0 && result.get(JAVA_INT, HEURISTIC_STATE) == 0;
        return new Plan(operation, w, x, y, usable ? Optional.of(result) : Optional.empty());
    }

    private MemorySegment layout(int type, long rows, long columns) {
        return create("cublasLtMatrixLayoutCreate", type, rows, columns, rows);
    }

    private void set(MemorySegment operation, int attribute, int value) {
        try (Arena local = Arena.ofConfined()) {
            check("cublasLtMatmulDescSetAttribute", operation, attribute, local.allocateFrom(JAVA_INT, value), (long) Integer.BYTES);
        }
    }

    private void set(MemorySegment operation, int attribute, long value) {
        try (Arena local = Arena.ofConfined()) {
            check("cublasLtMatmulDescSetAttribute", operation, attribute, local.allocateFrom(JAVA_LONG, value), (long) Long.BYTES);
        }
    }

    private MemorySegment create(String function, Object... arguments) {
        MemorySegment created = arena.allocate(ADDRESS);
        Object[] all = new Object[arguments.length + 1];
        all[0] = created;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        check(function, all);
        return created.get(ADDRESS, 0);
    }

    private void check(String function, Object... arguments) {
        int status = library.call(function, arguments);
        if (status != 0) {
            throw new CudaException(function, status, "cuBLAS status");
        }
    }

    @Override
    public void close() {
        for (Plan plan : plans.values()) {
            library.call("cublasLtMatrixLayoutDestroy", plan.w);
            library.call("cublasLtMatrixLayoutDestroy", plan.x);
            library.call("cublasLtMatrixLayoutDestroy", plan.y);
            library.call("cublasLtMatmulDescDestroy", plan.operation);
        }
        library.call("cublasLtMatmulPreferenceDestroy", preference);
        library.call("cublasLtDestroy", handle);
    }
}
