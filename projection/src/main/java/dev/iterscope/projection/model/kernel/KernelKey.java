package dev.iterscope.projection.model.kernel;

/// Packing of a row's sizes into a hash for look-ups.
final class KernelKey {

    private KernelKey() {}

    static long hash(int[] values) {
        long hash = 0x9E3779B97F4A7C15L;
        for (int value : values) {
            hash ^= value;
            hash *= 0xBF58476D1CE4E5B9L;
            hash ^= hash >>> 29;
        }
        return hash;
    }
}
