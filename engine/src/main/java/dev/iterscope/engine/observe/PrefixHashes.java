package dev.iterscope.engine.observe;

import dev.iterscope.engine.request.Prompt;
import java.util.HexFormat;

/// The content of a prompt as the event `iterscope.RequestArrival` carries it: a 64-bit hash per full KV block, chained, so that two
/// prompts share exactly the hashes of their common begin. Lets a replay share prefixes as the run did, without the tokens.
final class PrefixHashes {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private PrefixHashes() {}

    /// Hexadecimal hashes in the order of the blocks, separated by spaces.
    static String of(Prompt prompt, int blockSize) {
        StringBuilder text = new StringBuilder(prompt.length() / blockSize * 17);
        long hash = 0;
        for (int index = 0, end = prompt.length() / blockSize * blockSize; index < end; index++) {
            hash = mix(hash * MULTIPLIER + prompt.tokenAt(index) + 1);
            if ((index + 1) % blockSize == 0) {
                text.append(text.isEmpty() ? "" : " ").append(HexFormat.of().toHexDigits(hash));
            }
        }
        return text.toString();
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
