package dev.iterscope.engine.backend.cuda;

/// bfloat16: the upper half of an IEEE single.
final class Bf16 {
    private Bf16() {}

    /// The nearest bf16, ties to even; NaN stays NaN.
    static short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /// The value as a float, exactly.
    static float widen(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
