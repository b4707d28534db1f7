package dev.iterscope.projection.report;

import dev.iterscope.projection.model.EffectiveRate;
import dev.iterscope.projection.search.Evaluation;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

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

    /// Every regret that is known, in words: `recommended 0.00 %, keep 3.20 %`; empty where none is.
    static String regrets(Evaluation evaluation) {
        Map<String, OptionalDouble> all = new LinkedHashMap<>();
        all.put("recommended", evaluation.regretPercent());
        all.put("keep", evaluation.nullRegret().keep());
        all.put("always 2048", evaluation.nullRegret().fixed2048());
        all.put("smallest", evaluation.nullRegret().smallest());
        all.put("largest", evaluation.nullRegret().largest());
        return all.entrySet().stream()
                .filter(entry -> entry.getValue().isPresent())
                .map(entry -> entry.getKey() + " " + readable(entry.getValue().getAsDouble()) + " %")
                .collect(Collectors.joining(", "));
    }

    /// A signed change in per cent.
    public static String change(double percent) {
        return String.format(Locale.ROOT, "%+.1f %%", percent);
    }
}
