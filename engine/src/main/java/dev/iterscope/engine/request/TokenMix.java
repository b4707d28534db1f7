package dev.iterscope.engine.request;

/// Turns an identity and a position into a token: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), cut to 31 bits.
final class TokenMix {
    private TokenMix() {}

    static int token(long seed, int index) {
        long z = seed * 0x9E3779B97F4A7C15L + (index + 1L) * 0xD1342543DE82EF95L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return (int) ((z ^ (z >>> 31)) >>> 33);
    }
}
