package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.SelfCheck;
import java.util.Locale;

/// Compares results with what they should be, each within a bound of its own.
final class ErrorBound {
    /// A result rounded to bf16 is off by at most 2^-8 of itself; the f32 arithmetic before it by much less.
    static final double BF16 = 0x1.02p-8;

    private final String name;
    private long compared;
    private double worst;
    private String worstPlace = "";

    ErrorBound(String name) {
        this.name = name;
    }

    /// Compares one value; one that is not a number is beyond any bound.
    void compare(double actual, double expected, double bound, int place) {
        compared++;
        double share = Math.abs(actual - expected) / bound;
        if (!(share <= worst)) {
            worst = Double.isNaN(share) ? Double.POSITIVE_INFINITY : share;
            worstPlace = String.format(Locale.ROOT, "element %d is %.7g instead of %.7g", place, actual, expected);
        }
    }

    SelfCheck result() {
        if (compared == 0) {
            return SelfCheck.failed(name, "nothing was compared");
        }
        return worst <= 1
                ? SelfCheck.passed(name, String.format(Locale.ROOT, "%,d values, largest error %.2f of its bound", compared, worst))
                : SelfCheck.failed(name, worstPlace);
    }
}
