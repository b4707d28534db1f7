package dev.iterscope.profiler.log;

import java.util.Locale;
import java.util.Optional;

/// The forms of vLLM's line per iteration. All begin with vLLM's log prefix and
/// `Iteration(N): A context requests, B context tokens, C generation requests, D generation tokens, iteration elapsed
/// time: E ms`.
public enum IterationLogForm {

    /// As vLLM's engine process logged it first; nothing follows.
    PLAIN("core.py:349"),

    /// As proposed for vLLM: `, kv cache: 5.1% (3500/68959 blocks, 56000 tokens)`, where tokens are used blocks times
    /// block size.
    KV("core.py:387"),

    /// As vLLM's front end logs it since: `Engine 000: ` before, and `, GPU KV cache usage: 5.1%` behind, then the
    /// encoder's inputs and embeddings if there are any.
    FRONTEND("loggers.py:271");

    private final String place;

    IterationLogForm(String place) {
        this.place = place;
    }

    /// The form that an option's value names: `plain`, `kv` or `frontend`.
    public static Optional<IterationLogForm> of(String name) {
        for (IterationLogForm form : values()) {
            if (form.optionValue().equals(name)) {
                return Optional.of(form);
            }
        }
        return Optional.empty();
    }

    /// How an option names this form.
    public String optionValue() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// vLLM's source place in the prefix; readers expect one there.
    String place() {
        return place;
    }
}
