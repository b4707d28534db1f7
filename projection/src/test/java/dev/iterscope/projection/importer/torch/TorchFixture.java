package dev.iterscope.projection.importer.torch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes traces as the PyTorch profiler does. Times are microseconds.
public final class TorchFixture {

    private final List<String> events = new ArrayList<>();

    /// An annotation of a host thread.
    public TorchFixture annotation(int thread, double start, double duration, String name) {
        return event("user_annotation", name, 77, thread, start, duration, "\"External id\": 1, \"Ev Idx\": 2");
    }

    /// A call that launches work.
    public TorchFixture call(int thread, double start, String name, int correlation) {
        return event("cuda_runtime", name, 77, thread, start, 2, "\"cid\": 211, \"correlation\": " + correlation);
    }

    /// A kernel of device 1.
    public TorchFixture kernel(double start, double duration, String name, int correlation) {
        return event(
                "kernel", name, 1, 7, start, duration,
                "\"device\": 1, \"stream\": 7, \"correlation\": " + correlation + ", \"est. achieved occupancy %\": NaN");
    }

    /// A copy to device 1.
    public TorchFixture copy(double start, double duration, long bytes, int correlation) {
        return event(
                "gpu_memcpy", "Memcpy HtoD (Pinned -> Device)", 1, 7, start, duration,
                "\"device\": 1, \"stream\": 7, \"correlation\": " + correlation + ", \"bytes\": " + bytes);
    }

    /// Any complete event.
    public TorchFixture event(String category, String name, int process, int thread, double start, double duration, String arguments) {
        events.add("""
                {"ph": "X", "cat": "%s", "name": "%s", "pid": %d, "tid": %d, "ts": %s, "dur": %s, "args": {%s}}"""
                .formatted(category, name, process, thread, start, duration, arguments));
        return this;
    }

    /// Anything between the events.
    public TorchFixture raw(String json) {
        events.add(json);
        return this;
    }

    /// The trace's bytes.
    public byte[] bytes() {
        return """
                {"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "NVIDIA H100", "totalGlobalMem": 1},
                {"id": 1, "name": "NVIDIA H200", "totalGlobalMem": 150754820096}], "distributedInfo": {"rank": 0, "pg_config": [{"ranks": [0]}]},
                "baseTimeNanoseconds": 1767189312000000000, "traceEvents": [
                {"name": "process_name", "ph": "M", "ts": 6520488433299.504, "pid": "Spans", "tid": "main", "args": {"name": "/secret/path"}},
                %s],
                "traceName": "/secret/trace.json"}
                """
                .formatted(String.join(",\n", events)).getBytes(StandardCharsets.UTF_8);
    }

    /// Two steps of vLLM, the second a graph, with work of each kind.
    public static TorchFixture vllm() {
        // The second step is launched while the device works on the first, and a kernel stands before what launched it.
        return new TorchFixture()
                .kernel(1000.25, 400, "void cutlass::gemm_kernel<int>(int)", 11)
                .annotation(5, 100, 50, "execute_16_context_1(sq10sk12sqsq100sqsk120)_generation_3(sq3sk90sqsq3sqsk90)")
                .call(5, 110, "cudaLaunchKernel", 11)
                .call(5, 120, "cudaMemcpyAsync", 12)
                .copy(1400.25, 20, 4096, 12)
                .annotation(5, 200, 60, "execute_8_context_0(sq0sk0sqsq0sqsk0)_generation_4(sq4sk106sqsq4sqsk106)")
                .call(5, 210, "cudaGraphLaunch", 13)
                .kernel(1500, 30.5, "flash_fwd_splitkv_kernel", 13)
                .kernel(1540, 60, "nvjet_tst_64x8", 13)
                .kernel(1700, 5, "void at::native::vectorized_elementwise_kernel", 99)
                .event("gpu_user_annotation", "execute_8_context_0(0)_generation_4(4)", 1, 7, 1500, 100, "")
                .event("python_function", "gpu_model_runner.py(3380): execute_model", 77, 5, 100, 50, "\"Python id\": 1");
    }
}
