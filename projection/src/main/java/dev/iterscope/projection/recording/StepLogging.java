package dev.iterscope.projection.recording;

import java.util.Optional;

/// What to change about a server so that it logs its steps, in the words of its engine.
///
/// Sources: `vllm/config/observability.py`; `sglang/srt/server_args.py`; `print_iter_log` of TensorRT-LLM's `LlmArgs`.
public final class StepLogging {
    private static final String VLLM = "vLLM: --enable-logging-iteration-details";
    private static final String SGLANG = "SGLang: --decode-log-interval 1";
    private static final String TENSORRT_LLM = "TensorRT-LLM: print_iter_log: true";

    private StepLogging() {}

    /// How steps get into the log.
    ///
    /// @param engineName the engine as [Settings#engineName()] calls it; empty where it is not known
    public static String turnOn(Optional<String> engineName) {
        return switch (engineName.orElse("")) {
            case "vllm" -> "start the server with --enable-logging-iteration-details, so that it logs its iterations";
            case "sglang" -> "start the server with --decode-log-interval 1, so that it logs each of its iterations";
            case "tensorrt-llm" ->
                    "start the server with print_iter_log: true in its configuration (--extra_llm_api_options), so that it logs"
                            + " its iterations";
            case "iterscope" -> "record with run --record";
            default -> "have the server log its iterations (" + VLLM + "; " + SGLANG + "; " + TENSORRT_LLM + ")";
        };
    }

    /// How to have each step's time in the log, where steps overlap with the planning of the next.
    ///
    /// @param engineName the same
    public static String withoutOverlap(Optional<String> engineName) {
        return switch (engineName.orElse("")) {
            case "sglang" ->
                    "start the server with --decode-log-interval 1 and --disable-overlap-schedule, and record for at least a minute";
            case "tensorrt-llm" -> "set disable_overlap_scheduler: true, or record for at least a minute";
            default -> "record without asynchronous scheduling (--no-async-scheduling), or for at least a minute";
        };
    }
}
