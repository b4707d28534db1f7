package dev.iterscope.engine.kvcache;

/// The chained 128-bit hash of a block: parent hash, tokens, extra keys. The mixing is that of MurmurHash3 x64-128 (Appleby, public
/// domain), seeded with the parent's hash.
///
/// Why not SHA-256 as in vLLM: a simulation hashes the prompts of a whole trace, and this is about ten times cheaper. 128 bits make
/// an accidental collision unlikely beyond concern (for 10⁹ blocks about 10⁻²¹), and it needs no secret start value, so equal
/// input gives equal block tables in every run. It does not withstand someone who constructs collisions: tenants that must
/// not find each other's blocks are to be kept apart by a salt that they do not know.
final class BlockHash {
    private static final long C1 = 0x87c37b91114253d5L;
    private static final long C2 = 0x4cf5ad432745937fL;

    private long first;
    private long second;
    private int words;

    /// Starts a block after the block with the given hash; zeros for the first block of a sequence.
    void start(long parentFirst, long parentSecond) {
        first = parentFirst;
        second = parentSecond;
        words = 0;
    }

    /// Mixes in eight bytes.
    void add(long word) {
        if ((words & 1) == 0) {
            first ^= Long.rotateLeft(word * C1, 31) * C2;
            first = (Long.rotateLeft(first, 27) + second) * 5 + 0x52dce729;
        } else {
            second ^= Long.rotateLeft(word * C2, 33) * C1;
            second = (Long.rotateLeft(second, 31) + first) * 5 + 0x38495ab5;
        }
        words++;
    }

    /// Mixes in a text of any length, closed by its length so that two texts cannot run into each other.
    void add(String text) {
        for (int i = 0; i < text.length(); i++) {
            add(text.charAt(i));
        }
        add(~(long) text.length());
    }

    /// Ends the block; the hash is then in [#first()] and [#second()].
    void finish() {
        first ^= words;
        second ^= words;
        first += second;
        second += first;
        first = mix(first);
        second = mix(second);
        first += second;
        second += first;
    }

    long first() {
        return first;
    }

    long second() {
        return second;
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
        z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return z ^ (z >>> 33);
    }
}
