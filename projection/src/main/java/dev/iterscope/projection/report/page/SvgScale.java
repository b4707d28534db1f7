package dev.iterscope.projection.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Maps values to one axis of a chart, linearly or by logarithm, with ticks at round numbers.
public final class SvgScale {
    /// Fewer ticks than this do not tell a reader the scale.
    private static final int FEWEST_TICKS = 3;
    private static final double[][] MANTISSAS = {{1}, {1, 3}, {1, 2, 5}, {1, 1.5, 2, 3, 4, 5, 6, 8}};

    private final double low;
    private final double high;
    private final boolean logarithmic;
    private final double from;
    private final double to;

    private SvgScale(double low, double high, boolean logarithmic, double from, double to) {
        this.low = low;
        this.high = high > low ? high : low + 1;
        this.logarithmic = logarithmic;
        this.from = from;
        this.to = to;
    }

    /// From 0 or the lowest value to a round number above the highest.
    public static SvgScale linear(double low, double high, double from, double to) {
        double step = step(high - low);
        return new SvgScale(low, Math.ceil(high / step - 1e-9) * step, false, from, to);
    }

    /// Exactly from the lowest to the highest: for time.
    public static SvgScale exact(double low, double high, double from, double to) {
        return new SvgScale(low, high, false, from, to);
    }

    /// Only where the values are, with room around them: for clouds, where 0 says nothing.
    public static SvgScale around(double low, double high, double from, double to) {
        double room = Math.max(0.12 * (high - low), 0.05 * Math.abs(high));
        return new SvgScale(Math.max(0, low - room), high + room, false, from, to);
    }

    /// From a little below the lowest to a little above the highest; both above 0.
    public static SvgScale logarithmic(double low, double high, double from, double to) {
        return new SvgScale(low * 0.85, high * 1.18, true, from, to);
    }

    /// Where a value is on the page; values beyond the ends are at the ends.
    double at(double value) {
        double share = logarithmic ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
        return from + Math.clamp(share, 0, 1) * (to - from);
    }

    /// Round values inside, at most about ten.
    public List<Double> ticks() {
        if (!logarithmic) {
            return even();
        }
        List<Double> ticks = List.of();
        for (double[] mantissas : MANTISSAS) {
            ticks = decades(mantissas);
            if (ticks.size() >= FEWEST_TICKS) {
                return ticks;
            }
        }
        return ticks.size() >= 2 ? ticks : even();
    }

    /// How a tick is written: whole numbers plain below ten thousand, then in thousands and millions; fractions with two digits.
    static String name(double value) {
        double size = Math.abs(value);
        if (size >= 1e6) {
            return String.format(Locale.ROOT, size % 1e6 == 0 ? "%.0fM" : "%.1fM", value / 1e6);
        }
        if (size >= 10_000) {
            return String.format(Locale.ROOT, size % 1000 == 0 ? "%.0fk" : "%.1fk", value / 1000);
        }
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : String.format(Locale.ROOT, "%.2g", value);
    }

    private List<Double> even() {
        List<Double> ticks = new ArrayList<>();
        double step = step(high - low);
        for (double value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-6; value += step) {
            ticks.add(Math.abs(value) < step * 1e-6 ? 0.0 : value);
        }
        return ticks;
    }

    private List<Double> decades(double[] mantissas) {
        List<Double> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
            for (double mantissa : mantissas) {
                double value = mantissa * Math.pow(10, power);
                if (value >= low && value <= high) {
                    ticks.add(value);
                }
            }
        }
        return ticks;
    }

    private static double step(double range) {
        double raw = Math.max(range, 1e-12) / 5;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double mantissa = raw / power;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
    }
}
