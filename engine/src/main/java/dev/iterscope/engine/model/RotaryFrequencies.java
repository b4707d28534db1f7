package dev.iterscope.engine.model;

import dev.iterscope.engine.model.ModelConfig.Llama3Scaling;

/// Angles per position of rotary embedding (Su et al., 2021) in the halves layout of Hugging Face checkpoints: dimension `d` turns
/// with dimension `d + headDim / 2` by position · θ^(−2d / headDim).
public final class RotaryFrequencies {
    private RotaryFrequencies() {}

    /// Radians per position of dimension `d`, 0 ≤ d < headDim / 2, with Llama 3.1's scaling where the model has it: wavelengths beyond
    /// the original context are stretched by `factor`, short ones kept, those between blended (`transformers`' rope type `llama3`).
    public static double of(ModelConfig model, int d) {
        double frequency = Math.pow(model.rope().theta(), -2.0 * d / model.headDim());
        return model.rope().scaling().map(scaling -> scaled(frequency, scaling)).orElse(frequency);
    }

    private static double scaled(double frequency, Llama3Scaling scaling) {
        double wavelength = 2 * Math.PI / frequency;
        double original = scaling.originalMaxPositionEmbeddings();
        if (wavelength < original / scaling.highFreqFactor()) {
            return frequency;
        }
        if (wavelength > original / scaling.lowFreqFactor()) {
            return frequency / scaling.factor();
        }
        double smooth = (original / wavelength - scaling.lowFreqFactor()) / (scaling.highFreqFactor() - scaling.lowFreqFactor());
        return (1 - smooth) * frequency / scaling.factor() + smooth * frequency;
    }
}
