package dev.iterscope.engine.backend.cpu;

/// bfloat16: the upper half of a float, rounded to nearest, ties to even.
final class Bf16 {
    private Bf16() {}

    /// The 16 bits nearest to `value`, in the lower half of the int.
    static int bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7FFFFFFF) > 0x7F800000) {
            return (bits >>> 16) | 0x40;
        }
        return (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
    }

    /// Two values in one int: `low` in the lower half.
    static int pair(float low, float high) {
        return bits(low) | bits(high) << 16;
    }

    /// The float that stands for the lower 16 bits.
    static float toFloat(int bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
