package dev.iterscope.engine;

import dev.iterscope.engine.request.UserInputException;
import java.util.Optional;
import java.util.OptionalInt;

/// Token budget and sequence limit that agree with each other.
///
/// A step computes at least a token for each running sequence, so max-num-seqs above max-num-batched-tokens can never be used.
///
/// @param maxNumBatchedTokens token budget of a step
/// @param maxNumSeqs          most running requests, at most `maxNumBatchedTokens`
/// @param note                what was lowered and why; empty when nothing was
public record EngineLimits(int maxNumBatchedTokens, int maxNumSeqs, Optional<String> note) {

    /// Resolves what the user gave against what is implied (a default or a recorded value).
    ///
    /// @param givenTokens   `--max-num-batched-tokens`, where given
    /// @param givenSeqs     `--max-num-seqs`, where given
    /// @param impliedTokens budget otherwise
    /// @param impliedSeqs   sequences otherwise
    /// @throws UserInputException (usage) when a value is below 1 or both are given and contradict each other
    public static EngineLimits resolve(OptionalInt givenTokens, OptionalInt givenSeqs, int impliedTokens, int impliedSeqs) {
        requirePositive("--max-num-batched-tokens", givenTokens);
        requirePositive("--max-num-seqs", givenSeqs);
        int seqs = givenSeqs.orElse(impliedSeqs);
        if (givenSeqs.isPresent() && givenTokens.isEmpty() && seqs > impliedTokens) {
            return new EngineLimits(
                    seqs, seqs, Optional.of("max-num-batched-tokens raised from " + impliedTokens + " to max-num-seqs " + seqs));
        }
        int tokens = givenTokens.orElse(impliedTokens);
        if (seqs <= tokens) {
            return new EngineLimits(tokens, seqs, Optional.empty());
        }
        if (givenSeqs.isPresent()) {
            throw UserInputException.usage("--max-num-batched-tokens " + tokens + " is below --max-num-seqs " + seqs
                    + ": a step needs a token for each running sequence; raise the first or lower the second");
        }
        return new EngineLimits(
                tokens, tokens, Optional.of("max-num-seqs lowered from " + seqs + " to max-num-batched-tokens " + tokens));
    }

    private static void requirePositive(String option, OptionalInt value) {
        if (value.isPresent() && value.getAsInt() < 1) {
            throw UserInputException.usage(option + " must be at least 1: " + value.getAsInt());
        }
    }
}
