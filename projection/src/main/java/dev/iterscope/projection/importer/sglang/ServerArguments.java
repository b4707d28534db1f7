package dev.iterscope.projection.importer.sglang;

import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.PythonArguments;
import dev.iterscope.projection.importer.source.SettingsDraft;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The arguments of an SGLang server, which prints all of them, defaults and derived values too: `server_args=ServerArgs(model_path='...',
/// ...)`. Of these, those are taken that say what is served and under which limits.
final class ServerArguments {
    private static final String START = "ServerArgs(";
    /// Options with a value, by their names in Python.
    private static final Map<String, String> VALUES = Map.ofEntries(
            Map.entry("tokenizer_path", "--tokenizer-path"),
            Map.entry("served_model_name", "--served-model-name"),
            Map.entry("host", "--host"),
            Map.entry("port", "--port"),
            Map.entry("dtype", "--dtype"),
            Map.entry("quantization", "--quantization"),
            Map.entry("kv_cache_dtype", "--kv-cache-dtype"),
            Map.entry("context_length", "--context-length"),
            Map.entry("mem_fraction_static", "--mem-fraction-static"),
            Map.entry("max_running_requests", "--max-running-requests"),
            Map.entry("max_total_tokens", "--max-total-tokens"),
            Map.entry("chunked_prefill_size", "--chunked-prefill-size"),
            Map.entry("max_prefill_tokens", "--max-prefill-tokens"),
            Map.entry("schedule_policy", "--schedule-policy"),
            Map.entry("page_size", "--page-size"),
            Map.entry("tp_size", "--tp-size"),
            Map.entry("dp_size", "--dp-size"),
            Map.entry("pp_size", "--pp-size"),
            Map.entry("ep_size", "--ep-size"),
            Map.entry("attention_backend", "--attention-backend"));
    /// Options without one.
    private static final Map<String, String> SWITCHES = Map.of(
            "trust_remote_code", "--trust-remote-code",
            "disable_radix_cache", "--disable-radix-cache",
            "disable_cuda_graph", "--disable-cuda-graph",
            "disable_overlap_schedule", "--disable-overlap-schedule",
            "enable_mixed_chunk", "--enable-mixed-chunk",
            "enable_dp_attention", "--enable-dp-attention");
    private static final Map<String, Fact> FACTS = Map.of(
            "context_length", Fact.MAX_MODEL_LEN,
            "pp_size", Fact.PIPELINE_PARALLEL);

    private ServerArguments() {}

    /// Takes them from a line that holds them; the limits of a step are taken elsewhere, since the scheduler prints them too.
    static void take(String line, SettingsDraft settings) {
        int at = line.indexOf(START);
        if (at < 0) {
            return;
        }
        Map<String, String> arguments = PythonArguments.read(line, at + START.length() - 1);
        Optional<List<String>> model = Optional.ofNullable(arguments.get("model_path")).flatMap(PythonArguments::words);
        if (model.isEmpty() || model.get().size() != 1) {
            return;
        }
        String path = model.get().getFirst();
        List<String> words = new ArrayList<>(List.of("--model-path", path));
        arguments.forEach((name, value) -> {
            if (VALUES.containsKey(name)) {
                PythonArguments.words(value).filter(values -> values.size() == 1 && !values.equals(model.get())).ifPresent(values -> {
                    words.add(VALUES.getOrDefault(name, ""));
                    words.addAll(values);
                });
            } else if (SWITCHES.containsKey(name) && value.equals("True")) {
                words.add(SWITCHES.getOrDefault(name, ""));
            }
            Fact fact = FACTS.get(name);
            if (fact != null && value.matches("[0-9]{1,9}")) {
                settings.say(fact, Long.parseLong(value));
            }
        });
        settings.say(Fact.MODEL, path.startsWith("/") || path.startsWith(".") ? path.replaceAll("/+$", "").replaceAll(".*/", "") : path);
        settings.serverArguments(words);
    }
}
