package dev.iterscope.projection.report;

import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.search.NextMeasurement;
import dev.iterscope.projection.search.Setting;
import java.util.Optional;

/// The commands that take a measurement on the engine that was recorded, and project from both recordings. Words in capitals are what the
/// recording does not say.
///
/// vLLM: `--enable-logging-iteration-details`; SGLang: `--chunked-prefill-size` is the token budget and `--max-running-requests` the
/// sequence limit; TensorRT-LLM: `--max_num_tokens` and `--max_batch_size`.
final class MeasurementCommand {
    private MeasurementCommand() {}

    /// The commands, joined by `&&`; empty where nothing was recorded or kernels are missing.
    static Optional<String> of(NextMeasurement next, Optional<Recording> recorded) {
        if (recorded.isEmpty() || !(next.missing() instanceof MissingData.Steps)) {
            return Optional.empty();
        }
        Recording recording = recorded.get();
        Settings settings = recording.settings();
        String name = "mbnt-" + next.setting().maxNumBatchedTokens();
        String files = String.join(" ", recording.files().stream().map(MeasurementCommand::quoted).toList());
        return settings.engineName().map(engine -> switch (engine) {
            case "vllm" -> "vllm serve " + model(settings) + budget(next.setting()) + " --enable-logging-iteration-details 2>&1 | tee "
                    + name + ".log";
            case "sglang" -> "python -m sglang.launch_server --model-path " + model(settings) + " --chunked-prefill-size "
                    + next.setting().maxNumBatchedTokens() + " --max-running-requests " + next.setting().maxNumSeqs()
                    + " --decode-log-interval 1 2>&1 | tee " + name + ".log";
            case "tensorrt-llm" -> "trtllm-serve " + model(settings) + " --max_num_tokens " + next.setting().maxNumBatchedTokens()
                    + " --max_batch_size " + next.setting().maxNumSeqs() + " 2>&1 | tee " + name + ".log";
            default -> own(settings, next.setting(), quoted(recording.files().getFirst()), name + ".jfr");
        }).map(command -> command + " && iterscope project " + files + " " + name
                + (settings.engineName().filter("iterscope"::equals).isPresent() ? ".jfr" : ".log"));
    }

    private static String own(Settings settings, Setting setting, String workload, String file) {
        String backend = settings.backend().orElse("cpu");
        return "iterscope run --backend " + backend + (backend.equals("emulated") ? " --kernel-profile PROFILE" : "") + " --model "
                + model(settings) + budget(setting)
                + (settings.kvBlocks().isPresent() ? " --num-gpu-blocks-override " + (settings.kvBlocks().getAsLong() + 1) : "")
                + (settings.asyncScheduling().orElse(true) ? "" : " --no-async-scheduling")
                + (settings.prefixCaching().orElse(true) ? "" : " --no-enable-prefix-caching")
                + " --workload " + workload + " --record " + file;
    }

    private static String budget(Setting setting) {
        return " --max-num-batched-tokens " + setting.maxNumBatchedTokens() + " --max-num-seqs " + setting.maxNumSeqs();
    }

    private static String model(Settings settings) {
        return settings.model().map(MeasurementCommand::quoted).orElse("MODEL");
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
