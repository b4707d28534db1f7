package dev.iterscope.projection.recording;

import java.util.List;

/// What one or more sources recorded of one service, on one clock: nanoseconds since the epoch where the source says the date, else
/// since the midnight before its first event (logs without a year) or since its first event.
///
/// @param source      kind of source: `jfr`, `vllm-log`, `trtllm-log`, `sglang-log`, `nsys`, `torch-trace`, `bench-result`, ..., joined by `+`
/// @param files       the files' names, without directories
/// @param settings    the engine's limits
/// @param devices     devices seen
/// @param iterations  steps, ordered by engine, then as recorded
/// @param requests    requests
/// @param intervals   averages over spans
/// @param kernels     kernel executions
/// @param preemptions preemptions
/// @param pauses      pauses of the process
/// @param timing      how far the times can be trusted
/// @param warnings    what a reader should know
public record Recording(
        String source,
        List<String> files,
        Settings settings,
        List<DeviceFacts> devices,
        List<Iteration> iterations,
        List<RequestRecord> requests,
        List<Interval> intervals,
        List<KernelRecord> kernels,
        List<PreemptionRecord> preemptions,
        List<Pause> pauses,
        Timing timing,
        List<RecordingWarning> warnings) {

    /// The same recording with other facts of its devices.
    public Recording withDevices(List<DeviceFacts> others) {
        return new Recording(source, files, settings, others, iterations, requests, intervals, kernels, preemptions, pauses, timing,
                warnings);
    }
}
