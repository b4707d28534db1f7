package dev.iterscope.projection.model.kernel;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// The speed of light of a kernel: what its work would take at the highest rates that the table shows, plus its smallest time.
/// Models work in the ratio of measured to this time (the inverse of utilisation), because that ratio varies slowly with the
/// sizes while the time itself spans five orders of magnitude.
///
/// Rates are taken from the table, not from a data sheet: unit-free work (tokens of an unnamed layer) then needs no special case.
/// The two rates are joined by a p-norm with p = 3 instead of the maximum: near the ridge neither limit is reached alone.
final class Roofline {
    private static final double BEST_RATE = 0.998;
    private static final double SMALLEST_TIME = 0.005;

    private final Kernel kernel;
    private final int groupAxis;
    private final Map<Integer, Rates> groups;

    /// Highest rates of one variant, in work per unit of time.
    ///
    /// @param overhead smallest time
    /// @param flopRate work units of arithmetic per unit of time
    /// @param byteRate work units of traffic per unit of time
    record Rates(double overhead, double flopRate, double byteRate) {
        /// The speed-of-light time of this work.
        double time(double flops, double bytes) {
            double compute = flopRate > 0 ? flops / flopRate : 0;
            double memory = byteRate > 0 ? bytes / byteRate : 0;
            return overhead + Math.cbrt(compute * compute * compute + memory * memory * memory);
        }
    }

    private Roofline(Kernel kernel, int groupAxis, Map<Integer, Rates> groups) {
        this.kernel = kernel;
        this.groupAxis = groupAxis;
        this.groups = groups;
    }

    static Roofline fit(KernelTable table) {
        int groupAxis = groupAxis(table.kernel());
        Map<Integer, Integer> counts = new HashMap<>();
        for (int i = 0; i < table.size(); i++) {
            counts.merge(code(table.values(i), groupAxis), 1, Integer::sum);
        }
        Map<Integer, Rates> groups = new HashMap<>();
        counts.forEach((code, count) -> groups.put(code, rates(table, groupAxis, code, count)));
        return new Roofline(table.kernel(), groupAxis, groups);
    }

    private static int groupAxis(Kernel kernel) {
        for (int i = 0; i < kernel.axes().size(); i++) {
            if (kernel.axes().get(i).kind() == Axis.Kind.GROUP) {
                return i;
            }
        }
        return -1;
    }

    private static int code(int[] values, int groupAxis) {
        return groupAxis < 0 ? 0 : values[groupAxis];
    }

    private static Rates rates(KernelTable table, int groupAxis, int code, int count) {
        double[] times = new double[count];
        double[] flopRates = new double[count];
        double[] byteRates = new double[count];
        int n = 0;
        for (int i = 0; i < table.size(); i++) {
            int[] values = table.values(i);
            if (code(values, groupAxis) == code) {
                times[n] = table.time(i);
                flopRates[n] = table.kernel().flops(values) / table.time(i);
                byteRates[n] = table.kernel().bytes(values) / table.time(i);
                n++;
            }
        }
        return new Rates(quantile(times, SMALLEST_TIME), quantile(flopRates, BEST_RATE), quantile(byteRates, BEST_RATE));
    }

    private static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.round(q * (sorted.length - 1))];
    }

    /// The speed-of-light time of these sizes, in the table's unit.
    double time(int[] values) {
        return rates(values).time(kernel.flops(values), kernel.bytes(values));
    }

    /// The rates of these sizes' variant.
    Rates rates(int[] values) {
        Rates rates = groups.get(code(values, groupAxis));
        if (rates == null) {
            throw new IllegalArgumentException("never measured: " + Arrays.toString(values));
        }
        return rates;
    }

    /// Whether this variant was measured.
    boolean knows(int code) {
        return groups.containsKey(code);
    }

    /// The measured variant nearest to `code`.
    int nearest(int code) {
        int best = code;
        double distance = Double.POSITIVE_INFINITY;
        for (int known : groups.keySet()) {
            double d = Math.abs(Math.log((known + 1.0) / (code + 1.0)));
            if (d < distance || (d == distance && known < best)) {
                distance = d;
                best = known;
            }
        }
        return best;
    }

    int groupAxis() {
        return groupAxis;
    }
}
