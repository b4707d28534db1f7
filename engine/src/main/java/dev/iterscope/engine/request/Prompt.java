package dev.iterscope.engine.request;

import java.util.Arrays;
import java.util.function.LongConsumer;

/// The tokens of a request's prompt, given in full or by what identifies them.
///
/// Traces carry lengths or content hashes, not tokens. All three forms define every token by a pure function, so that
/// prefix caching, the CPU backend and the simulation see the same content without storing it.
public sealed interface Prompt {

    /// The number of tokens; at least 1.
    int length();

    /// The token at `index`, 0 ≤ index < [#length()]; never negative. A backend with a smaller vocabulary reduces it modulo its size.
    int tokenAt(int index);

    /// Tells the tokens from `start` to before `end` by identities in place of the tokens, so that hashing the prompts of a trace
    /// costs little. Stretches at the same positions are equal exactly where these words are. No word is one that two tokens make.
    ///
    /// @return false, with nothing told, where only the tokens say what they are
    default boolean identify(int start, int end, LongConsumer words) {
        return false;
    }

    private static void identify(long identity, int first, int count, LongConsumer words) {
        words.accept(identity);
        words.accept(Long.MIN_VALUE | (long) first << 32 | count);
    }

    /// A prompt whose tokens are known.
    ///
    /// @param ids token ids, not modified after construction
    @SuppressWarnings("ArrayRecordComponent") // compared by content below; a list would box every token
    record Tokens(int[] ids) implements Prompt {
        /// Checks that there is a token and that none is negative.
        public Tokens {
            requirePositive(ids.length);
            for (int id : ids) {
                if (id < 0) {
                    throw new IllegalArgumentException("negative token id " + id);
                }
            }
        }

        @Override
        public int length() {
            return ids.length;
        }

        @Override
        public int tokenAt(int index) {
            return ids[index];
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Tokens that && Arrays.equals(ids, that.ids);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(ids);
        }

        @Override
        public String toString() {
            return "Tokens[" + ids.length + "]";
        }
    }

    /// A prompt of which only the length is known. Equal seeds share their tokens up to the shorter length.
    ///
    /// @param length number of tokens
    /// @param seed   identity of the content
    record Seeded(int length, long seed) implements Prompt {
        /// Checks the length.
        public Seeded {
            requirePositive(length);
        }

        @Override
        public int tokenAt(int index) {
            return TokenMix.token(seed, index);
        }

        @Override
        public boolean identify(int start, int end, LongConsumer words) {
            Prompt.identify(seed, start, end - start, words);
            return true;
        }
    }

    /// A prompt known by content hashes of runs of tokens, as in the Mooncake traces: two prompts share exactly the runs whose
    /// leading hashes are equal.
    ///
    /// @param length       number of tokens
    /// @param tokensPerRun tokens that one hash stands for (Mooncake: 512)
    /// @param runHashes    one hash per run; the last run may be partial
    @SuppressWarnings("ArrayRecordComponent") // compared by content below; a list would box every token
    record Hashed(int length, int tokensPerRun, long[] runHashes) implements Prompt {
        /// Checks that the hashes cover the length.
        public Hashed {
            requirePositive(length);
            requirePositive(tokensPerRun);
            if ((long) runHashes.length * tokensPerRun < length) {
                throw new IllegalArgumentException(
                        runHashes.length + " hashes of " + tokensPerRun + " tokens do not cover " + length + " tokens");
            }
        }

        @Override
        public int tokenAt(int index) {
            return TokenMix.token(runHashes[index / tokensPerRun], index % tokensPerRun);
        }

        @Override
        public boolean identify(int start, int end, LongConsumer words) {
            for (int index = start; index < end;) {
                int run = index / tokensPerRun;
                int first = index % tokensPerRun;
                int count = Math.min(end - index, tokensPerRun - first);
                Prompt.identify(runHashes[run], first, count, words);
                index += count;
            }
            return true;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Hashed that
                    && length == that.length
                    && tokensPerRun == that.tokensPerRun
                    && Arrays.equals(runHashes, that.runHashes);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * length + tokensPerRun) + Arrays.hashCode(runHashes);
        }

        @Override
        public String toString() {
            return "Hashed[" + length + " tokens, " + runHashes.length + " runs]";
        }
    }

    private static void requirePositive(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("must be at least 1: " + value);
        }
    }
}
