package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.RotaryFrequencies;

/// Rotary position embedding (Su et al., 2021) in the halves layout of Hugging Face checkpoints: dimension `d` is rotated with
/// dimension `d + headDim / 2` by the angle position · θ^(−2d / headDim). Cosines and sines are tabulated once.
final class Rotary {
    private final int half;
    private final float[] cosines;
    private final float[] sines;

    /// A table for positions 0 to `positions - 1`.
    Rotary(ModelConfig model, int positions) {
        half = model.headDim() / 2;
        cosines = new float[Math.multiplyExact(positions, half)];
        sines = new float[cosines.length];
        for (int d = 0; d < half; d++) {
            double frequency = RotaryFrequencies.of(model, d);
            for (int p = 0; p < positions; p++) {
                cosines[p * half + d] = (float) StrictMath.cos(p * frequency);
                sines[p * half + d] = (float) StrictMath.sin(p * frequency);
            }
        }
    }

    /// Bytes of such a table.
    static long bytes(ModelConfig model, int positions) {
        return 2L * Float.BYTES * positions * (model.headDim() / 2);
    }

    /// Rotates one head's vector in place.
    void rotate(Kernels kernels, float[] x, int from, int position) {
        kernels.rotate(x, from, half, cosines, sines, position * half);
    }
}
