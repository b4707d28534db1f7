package dev.iterscope.engine.backend.cuda;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What of CUDA this machine has.
///
/// @param unavailableReason why the backend cannot run here, one line that says what is missing; empty when it can
/// @param driverVersion     highest CUDA version of the driver as the driver counts, 1000 x major + 10 x minor
/// @param devices           the visible devices, in the driver's order
/// @param cublasLt          file name of the matrix library found
/// @param cupti             file name of the profiling library found
/// @param nvml              file name of the management library found
public record CudaStatus(
        Optional<String> unavailableReason,
        OptionalInt driverVersion,
        List<CudaDevice> devices,
        Optional<String> cublasLt,
        Optional<String> cupti,
        Optional<String> nvml) {

    /// Keeps an unmodifiable copy of the list.
    public CudaStatus {
        devices = List.copyOf(devices);
    }

    /// True when the backend can run.
    public boolean available() {
        return unavailableReason.isEmpty();
    }

    /// A version as people write it: 13000 becomes `13.0`.
    static String versionText(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }
}
