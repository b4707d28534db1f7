package dev.iterscope.projection.model.table;

import java.util.Optional;
import java.util.OptionalInt;

/// Which profile is meant where a folder contains several.
///
/// @param framework vllm, sglang or trtllm, of AIConfigurator's system folders
/// @param version   its version or the first parts of it, of AIConfigurator's system folders; without it the newest complete one
/// @param ranks     tensor-parallel ranks, of LLMServingSim's folders with `tp1`, `tp2`, ...
public record ProfileChoice(Optional<String> framework, Optional<String> version, OptionalInt ranks) {

    /// No choice: the folder contains one profile.
    public static final ProfileChoice NONE = new ProfileChoice(Optional.empty(), Optional.empty(), OptionalInt.empty());

    /// The same for this number of ranks.
    public ProfileChoice withRanks(int wanted) {
        return new ProfileChoice(framework, version, OptionalInt.of(wanted));
    }
}
