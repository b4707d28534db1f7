package dev.iterscope.engine.backend.cpu;

/// The exponential by range reduction and a polynomial of degree 6 (the coefficients of Cephes' `expf`), in operations that every
/// vector unit rounds alike: unlike Math.exp and the Vector API's EXP it gives the same bits interpreted, compiled, scalar and on
/// vectors. Relative error below 2e-7; 0 below −87, never called above 88.
@SuppressWarnings("FloatingPointLiteralPrecision") // the digits are those of the source
final class FastExp {
    static final float LOWEST = -87f;
    static final float HIGHEST = 87f;
    static final float LOG2_E = 1.44269504088896341f;
    /// Adding it to a float below 2^22 rounds that to an integer, in the lowest bits of the sum.
    static final float ROUND = 12582912f;
    static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    static final float C0 = 1.9875691500e-4f;
    static final float C1 = 1.3981999507e-3f;
    static final float C2 = 8.3334519073e-3f;
    static final float C3 = 4.1665795894e-2f;
    static final float C4 = 1.6666665459e-1f;
    static final float C5 = 5.0000001201e-1f;

    private FastExp() {}

    /// e^x for x ≤ 88.
    static float exp(float x) {
        if (!(x >= LOWEST)) {
            return 0f;
        }
        float shifted = Math.fma(x, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_HIGH, x);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(C0, r, C1);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C5);
        p = Math.fma(p, r * r, r) + 1f;
        int exponent = Float.floatToRawIntBits(shifted) - ROUND_BITS + 127;
        return p * Float.intBitsToFloat(exponent << 23);
    }
}
