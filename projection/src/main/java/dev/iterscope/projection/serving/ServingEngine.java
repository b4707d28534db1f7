package dev.iterscope.projection.serving;

import dev.iterscope.projection.recording.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A kind of serving engine, in its own words. A new kind is one more class and an entry in [ServingEngines#ALL].
public sealed interface ServingEngine permits HttpServer, BundledEngine {

    /// Its name in recordings and on the command line: `vllm`, `sglang`, `tensorrt-llm`, `iterscope`.
    String name();

    /// Its name for people.
    String title();

    /// Its option for the token budget of a step.
    String budgetOption();

    /// Its option for the most running requests.
    String sequencesOption();

    /// Where it prints the size of its KV cache, in brackets behind the option that takes it; empty where it prints none.
    default String whereCapacityIs() {
        return "";
    }

    /// The command that starts it as it was recorded, with the flags that the recording shows; what is not known is a variable of
    /// [ServerCommand#unknowns].
    ServerCommand recordedCommand(Settings settings);

    /// What a setting cannot be: a sentence where the engine would not start with it, or would refuse every request.
    ///
    /// @param settings as recorded
    /// @param budget   tokens of a step
    /// @param load     what is sent
    /// @param kvTokens tokens that the KV cache holds at this budget, if known
    default Optional<String> obstacle(Settings settings, int budget, Load load, OptionalInt kvTokens) {
        boolean whole = settings.chunkedPrefill().filter(chunked -> !chunked).isPresent();
        if (whole && settings.maxModelLen().isPresent() && budget < settings.maxModelLen().getAsInt()) {
            return Optional.of(title() + " does not start with a budget below max-model-len " + settings.maxModelLen().getAsInt()
                    + " while chunked prefill is off");
        }
        OptionalInt most = mostTokens(settings, kvTokens);
        return most.isPresent() && load.within(most.getAsInt()).isEmpty()
                ? Optional.of("a mean request has " + (load.inputTokens() + load.outputTokens()) + " tokens, and "
                        + most.getAsInt() + " fit into " + (kvTokens.isPresent() && kvTokens.getAsInt() == most.getAsInt()
                                ? "the KV cache at this budget"
                                : "max-model-len"))
                : Optional.empty();
    }

    /// The most tokens of a request, prompt and output: what the model's length and the KV cache hold.
    static OptionalInt mostTokens(Settings settings, OptionalInt kvTokens) {
        if (settings.maxModelLen().isEmpty() || kvTokens.isEmpty()) {
            return settings.maxModelLen().isPresent() ? settings.maxModelLen() : kvTokens;
        }
        return OptionalInt.of(Math.min(settings.maxModelLen().getAsInt(), kvTokens.getAsInt()));
    }

    /// The flags that a change needs, and no others; empty where nothing changes.
    ///
    /// @param presentBudget    tokens of a step now, if known
    /// @param presentSequences most running requests now, if known
    /// @param budget           tokens of a step wanted
    /// @param sequences        most running requests wanted
    default String changes(OptionalInt presentBudget, OptionalInt presentSequences, int budget, int sequences) {
        List<String> flags = new ArrayList<>();
        if (presentBudget.orElse(-1) != budget) {
            flags.add(budgetOption() + " " + budget);
        }
        if (presentSequences.orElse(-1) != sequences) {
            flags.add(sequencesOption() + " " + sequences);
        }
        return String.join(" ", flags);
    }
}
