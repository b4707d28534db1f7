package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.Cursor;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.Lines;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.importer.source.Warnings;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a server says about itself while it starts: limits, KV cache, parallelism, model, version.
///
/// vLLM prints its arguments as Python dictionaries and its configuration as `name=value` pairs; both are searched by name, so that
/// additions and changes of order do no harm.
final class EngineFacts {

    private final SettingsDraft settings;
    private final Warnings warnings;
    private final Cursor cursor = new Cursor();

    EngineFacts(SettingsDraft settings, Warnings warnings) {
        this.settings = settings;
        this.warnings = warnings;
    }

    /// Takes a line that says something about the engine.
    boolean take(String line) {
        // Everything below is printed at start-up with a capital letter or a sharp sign; most other lines end here.
        return takeKvCache(line) || takeSwitch(line) || takeArguments(line) || takeVersion(line) || takeEvent(line);
    }

    private boolean takeKvCache(String line) {
        return number(line, "GPU KV cache size: ", Fact.KV_CAPACITY_TOKENS)
                || number(line, "Maximum concurrency for ", Fact.MAX_MODEL_LEN)
                || number(line, "num_gpu_blocks is: ", Fact.KV_BLOCKS)
                || number(line, "# GPU blocks: ", Fact.KV_BLOCKS)
                || number(line, "Chunked prefill is enabled with max_num_batched_tokens=", Fact.MAX_NUM_BATCHED_TOKENS)
                || number(line, "Setting attention block size to ", Fact.BLOCK_SIZE);
    }

    private boolean takeSwitch(String line) {
        if (line.contains("synchronous scheduling is ")) {
            settings.say(Fact.ASYNC_SCHEDULING, line.contains("scheduling is enabled"));
            return true;
        }
        int backend = line.indexOf("Using ");
        if (backend >= 0 && line.contains("ttention backend")) {
            String rest = line.substring(backend + 6);
            int end = rest.toLowerCase(Locale.ROOT).indexOf(" attention backend");
            settings.say(Fact.ATTENTION_BACKEND, end > 0 && end < 64 ? Lines.utf8(rest.substring(0, end)) : null);
            return true;
        }
        return false;
    }

    private boolean takeVersion(String line) {
        String version = wordAfter(line, "vLLM API server version ");
        if (version == null) {
            return false;
        }
        settings.say(Fact.ENGINE_VERSION, version);
        return true;
    }

    private boolean takeArguments(String line) {
        boolean arguments = line.contains("non-default args: {") || line.contains("LLM engine (v") || line.contains(" args: Namespace(");
        if (!arguments) {
            return false;
        }
        ServerArguments.take(line, settings, warnings);
        argument(line, "max_num_batched_tokens", Fact.MAX_NUM_BATCHED_TOKENS);
        argument(line, "max_num_seqs", Fact.MAX_NUM_SEQS);
        argument(line, "max_seq_len", Fact.MAX_MODEL_LEN);
        argument(line, "max_model_len", Fact.MAX_MODEL_LEN);
        argument(line, "block_size", Fact.BLOCK_SIZE);
        argument(line, "tensor_parallel_size", Fact.TENSOR_PARALLEL);
        argument(line, "pipeline_parallel_size", Fact.PIPELINE_PARALLEL);
        argument(line, "data_parallel_size", Fact.DATA_PARALLEL);
        argument(line, "enable_prefix_caching", Fact.PREFIX_CACHING);
        argument(line, "enable_chunked_prefill", Fact.CHUNKED_PREFILL);
        argument(line, "chunked_prefill_enabled", Fact.CHUNKED_PREFILL);
        argument(line, "async_scheduling", Fact.ASYNC_SCHEDULING);
        argument(line, "scheduler_reserve_full_isl", Fact.RESERVE_FULL_ISL);
        argument(line, "long_prefill_token_threshold", Fact.LONG_PREFILL_TOKEN_THRESHOLD);
        argument(line, "scheduling_policy", Fact.POLICY);
        argument(line, "kv_cache_dtype", Fact.KV_TYPE);
        argument(line, "model", Fact.MODEL);
        argument(line, "attention_backend", Fact.ATTENTION_BACKEND);
        int version = line.indexOf("LLM engine (v");
        if (version >= 0) {
            int end = line.indexOf(')', version);
            settings.say(Fact.ENGINE_VERSION, end > version && end - version < 80 ? line.substring(version + 13, end) : null);
        }
        int sizes = line.indexOf("cudagraph_capture_sizes");
        int open = sizes < 0 ? -1 : line.indexOf('[', sizes);
        if (open > 0 && open - sizes < 32) {
            settings.captureSizes(GraphStatistics.numbers(cursor.on(line, open + 1)));
        }
        return true;
    }

    private boolean takeEvent(String line) {
        if (line.contains("JIT compilation during inference")) {
            warnings.add("jit-during-inference",
                    "kernels were compiled while serving; the steps in which that happened are slower than usual");
            return true;
        }
        if (line.contains("is preempted by")) {
            warnings.add("preemptions-logged", "the log tells of preemptions but not in which step");
            return true;
        }
        boolean start = line.contains("Available KV cache memory: ") || line.contains("CUDA graph pool memory: ")
                || line.contains("Estimated CUDA graph memory: ")
                || line.contains("Model loading took ") || line.contains("init engine (profile, create kv cache, warmup model) took ");
        if (start) {
            warnings.add("ignored-start-lines", "lines about memory and times of the server's start");
        }
        return start;
    }

    private boolean number(String line, String name, Fact fact) {
        int at = line.indexOf(name);
        if (at < 0 || !cursor.on(line, at + name.length()).number()) {
            return false;
        }
        settings.say(fact, cursor.integer());
        return true;
    }

    /// `name=value` or `'name': value`; the value may be quoted.
    private void argument(String line, String name, Fact fact) {
        int at = placeOf(line, name);
        if (at < 0) {
            return;
        }
        switch (fact) {
            case PREFIX_CACHING, CHUNKED_PREFILL, ASYNC_SCHEDULING, RESERVE_FULL_ISL -> {
                if (line.startsWith("True", at) || line.startsWith("False", at)) {
                    settings.say(fact, line.charAt(at) == 'T');
                }
            }
            case KV_TYPE, MODEL, ATTENTION_BACKEND, POLICY -> settings.say(fact, quoted(line, at));
            default -> {
                if (cursor.on(line, at).number()) {
                    settings.say(fact, cursor.integer());
                }
            }
        }
    }

    /// Where the value of a name begins, or -1.
    private static int placeOf(String line, String name) {
        for (int at = line.indexOf(name); at >= 0; at = line.indexOf(name, at + 1)) {
            int end = at + name.length();
            boolean whole = at == 0 || (!Character.isLetterOrDigit(line.charAt(at - 1)) && line.charAt(at - 1) != '_');
            if (whole && line.startsWith("=", end)) {
                return end + 1;
            }
            if (whole && (line.startsWith("': ", end) || line.startsWith("\": ", end))) {
                return end + 3;
            }
        }
        return -1;
    }

    /// A quoted or bare word. A path is cut to its last part: whoever reads the recording need not see where the model lay.
    private static @Nullable String quoted(String line, int at) {
        int start = line.startsWith("'", at) || line.startsWith("\"", at) ? at + 1 : at;
        int end = start;
        String ends = start > at ? line.substring(at, start) : "'\",)} ";
        while (end < line.length() && end - start < 300 && ends.indexOf(line.charAt(end)) < 0) {
            end++;
        }
        String word = Lines.utf8(line.substring(start, end));
        if (word.equals("None") || word.equals("auto")) {
            return null;
        }
        String trimmed = word.endsWith("/") ? word.substring(0, word.length() - 1) : word;
        return trimmed.startsWith("/") || trimmed.startsWith(".") ? trimmed.substring(trimmed.lastIndexOf('/') + 1) : trimmed;
    }

    private static @Nullable String wordAfter(String line, String name) {
        int at = line.indexOf(name);
        if (at < 0) {
            return null;
        }
        int start = at + name.length();
        int end = start;
        while (end < line.length() && end - start < 80 && line.charAt(end) > ' ') {
            end++;
        }
        return line.substring(start, end);
    }
}
