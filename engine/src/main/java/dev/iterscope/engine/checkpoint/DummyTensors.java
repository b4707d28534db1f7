package dev.iterscope.engine.checkpoint;

/// Weights made from a seed, the same whatever the layout and the number of threads: uniform with a variance of 1 / inputs, so that
/// activations keep their size; embeddings are smaller, so that a tied head does not merely repeat the last token.
final class DummyTensors implements TensorSource {
    private static final float EMBEDDING_RANGE = 0.05f;

    private final long seed;

    DummyTensors(long seed) {
        this.seed = seed;
    }

    @Override
    public void require(String name, int rows, int columns) {
        // Every tensor can be made up.
    }

    @Override
    public void readRow(String name, int rows, int columns, int row, float[] into) {
        boolean norm = name.endsWith("norm.weight");
        float center = norm ? 1f : 0f;
        float range = norm ? 0.1f : range(name, columns);
        long state = mix(seed * 0x9E3779B97F4A7C15L + name.hashCode()) + row * 0xD1342543DE82EF95L;
        for (int i = 0; i < columns; i += 2) {
            long bits = mix(state += 0x9E3779B97F4A7C15L);
            into[i] = center + range * uniform((int) bits);
            if (i + 1 < columns) {
                into[i + 1] = center + range * uniform((int) (bits >>> 32));
            }
        }
    }

    private static float range(String name, int columns) {
        return name.contains("embed_tokens") ? EMBEDDING_RANGE : (float) Math.sqrt(3.0 / columns);
    }

    /// Between −1 and 1.
    private static float uniform(int bits) {
        return bits * 0x1p-31f;
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    @Override
    public void close() {}
}
