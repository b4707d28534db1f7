package dev.iterscope.projection.report;

import dev.iterscope.projection.model.EffectiveRate;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.OptionalDouble;

/// How numbers are written.
public final class Figures {
    private static final int LONGEST_NAME = 44;
    /// SI prefixes of each power of a thousand; the first is none.
    private static final String PREFIXES = " kMGTP";
    private static final MathContext SIX_DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);

    private Figures() {}

    /// A probability with two digits, or nothing where it is unknown.
    static String probability(OptionalDouble share) {
        return share.isPresent() ? String.format(Locale.ROOT, "%.2f", share.getAsDouble()) : "";
    }

    /// The value with six significant digits: more than any of it deserves, few enough to read.
    public static double significant(double value) {
        return value == 0 ? 0 : new BigDecimal(value).round(SIX_DIGITS).doubleValue();
    }

    /// A number for people: about four digits, thousands separated.
    public static String readable(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "-";
        }
        if (size >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        if (size >= 100) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        if (size >= 10) {
            return String.format(Locale.ROOT, "%.1f", value);
        }
        return String.format(Locale.ROOT, size >= 0.01 || size == 0 ? "%.2f" : "%.2g", value);
    }

    /// A tick of an axis: whole numbers plain below ten thousand, then in thousands; fractions with two digits.
    static String axis(double value) {
        double size = Math.abs(value);
        if (size >= 10_000) {
            return String.format(Locale.ROOT, size % 1000 == 0 ? "%.0fk" : "%.1fk", value / 1000);
        }
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : String.format(Locale.ROOT, "%.2g", value);
    }

    /// A kernel's name for a column of text: without its namespaces, and cut where it is long.
    public static String kernelName(String name) {
        int arguments = name.indexOf('<') < 0 ? name.length() : name.indexOf('<');
        int namespace = name.lastIndexOf("::", arguments);
        String local = name.substring(namespace < 0 ? 0 : namespace + 2);
        return local.length() <= LONGEST_NAME ? local : local.substring(0, LONGEST_NAME - 2) + "..";
    }

    /// An effective rate with a prefix that keeps it readable, and what share of the device's peak it is.
    static String rate(EffectiveRate rate) {
        double value = rate.perSecond();
        int thousands = (int) Math.clamp(Math.floor(Math.log10(Math.max(value, 1)) / 3), 0, PREFIXES.length() - 1);
        String prefix = thousands == 0 ? "" : PREFIXES.substring(thousands, thousands + 1);
        String share = rate.peakShare().isPresent() ? " (" + percent(rate.peakShare().getAsDouble()) + ")" : "";
        return readable(value / Math.pow(1000, thousands)) + " " + prefix + rate.unit().label() + share;
    }

    /// A share as per cent.
    static String percent(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", 100 * share) : "-";
    }

    /// A signed change in per cent.
    public static String change(double percent) {
        return String.format(Locale.ROOT, "%+.1f %%", percent);
    }
}
