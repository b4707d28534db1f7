package dev.iterscope.projection.model.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Predicts a kernel's time from measurements around it.
///
/// The logarithm of (measured / speed-of-light time) is treated as a random field over the logarithms of the sizes, whose
/// correlation falls off exponentially along each axis, and is predicted by ordinary kriging from the nearest measurements.
/// With a product of exponentials on a full grid this is transfinite interpolation: along the curve where neighbours on it are
/// measured, across shapes where they are not, and both at once where both are, so steps of tiles and waves that neighbouring
/// shapes share are followed. Far from any measurement the local mean of utilisation is held while the interval widens.
/// (Cressie, Statistics for Spatial Data, 1993, section 3.2; the idea of interpolating utilisation instead of latency is
/// AIConfigurator's.)
public final class KernelModel {
    private static final double NORMAL_95 = 1.959964;
    private static final double NOTHING_NEAR = 0.5;
    private static final int CALIBRATION_ROWS = 600;

    private final KernelTable table;
    private final Roofline roofline;
    private final double[] residuals;
    private final double[][] coordinates;
    private final Neighbourhood neighbourhood;
    private final Ranges ranges;
    private final double spread;
    private final RowUse use;

    /// Is told which measurements predictions rest on.
    interface RowUse {
        /// @param row its number in the table
        void used(int row);
    }

    /// A predicted time with its 95 % interval, in the table's unit.
    ///
    /// @param time   best estimate
    /// @param low95  lower end
    /// @param high95 upper end
    public record Prediction(double time, double low95, double high95) {}

    private KernelModel(KernelTable table, Roofline roofline, double[] residuals, Neighbourhood neighbourhood, Ranges ranges,
            double spread, double[][] coordinates, RowUse use) {
        this.table = table;
        this.roofline = roofline;
        this.residuals = residuals;
        this.neighbourhood = neighbourhood;
        this.ranges = ranges;
        this.spread = spread;
        this.use = use;
        this.coordinates = coordinates;
    }

    private static double[][] coordinates(KernelTable table, Ranges ranges) {
        double[][] coordinates = new double[table.size()][];
        Arrays.parallelSetAll(coordinates, row -> coordinates(table.kernel(), table.values(row), ranges));
        return coordinates;
    }

    private static KernelModel of(KernelTable table, Ranges ranges, double spread) {
        Roofline roofline = Roofline.fit(table);
        double[] residuals = new double[table.size()];
        for (int i = 0; i < residuals.length; i++) {
            residuals[i] = Math.log(table.time(i) / roofline.time(table.values(i)));
        }
        return new KernelModel(
                table, roofline, residuals, new Neighbourhood(table), ranges, spread, coordinates(table, ranges), row -> {});
    }

    private KernelModel with(Ranges otherRanges, double otherSpread) {
        double[][] same = ranges.placesAlike(otherRanges) ? coordinates : coordinates(table, otherRanges);
        return new KernelModel(table, roofline, residuals, neighbourhood, otherRanges, otherSpread, same, use);
    }

    /// The same model, which tells `observer` of the rows that its predictions rest on.
    KernelModel telling(RowUse observer) {
        return new KernelModel(table, roofline, residuals, neighbourhood, ranges, spread, coordinates, observer);
    }

    /// The same choice of ranges and width of intervals for other rows.
    KernelModel refit(KernelTable rows) {
        return of(rows, ranges, spread);
    }

    /// Fits a table: equal rows are averaged, ranges are chosen by leaving out rows in the interior of curves, and the width of
    /// the intervals is set so that they hold 95 % of those.
    public static KernelModel fit(KernelTable raw) {
        KernelTable table = Averaging.of(raw);
        KernelModel base = of(table, Ranges.DEFAULT, 0.05);
        List<int[]> probes = Folds.sample(Folds.interiorRows(base.table), CALIBRATION_ROWS);
        if (probes.size() < 10) {
            return base;
        }
        int[][] around = base.around(probes);
        KernelModel chosen = base;
        double smallest = Double.POSITIVE_INFINITY;
        for (double sibling : new double[] {5, 20}) {
            KernelModel placed = base.with(new Ranges(20, 20, sibling, Ranges.DEFAULT.nugget()), 1);
            for (double nugget : new double[] {3e-4, 1e-3, 4e-3}) {
                KernelModel candidate = placed.with(new Ranges(20, 20, sibling, nugget), 1);
                double error = median(candidate.leaveOneOut(probes, around, false));
                if (error < smallest) {
                    smallest = error;
                    chosen = candidate;
                }
            }
        }
        double[] standardised = chosen.leaveOneOut(probes, around, true);
        Arrays.sort(standardised);
        return chosen.with(chosen.ranges, Math.max(1e-3, standardised[(int) (0.95 * (standardised.length - 1))] / NORMAL_95));
    }

    /// Rows around each of these, itself left out.
    private int[][] around(List<int[]> rows) {
        int[][] around = new int[rows.size()][];
        Arrays.parallelSetAll(around, i -> neighbours(rows.get(i), values -> Arrays.equals(values, rows.get(i))));
        return around;
    }

    private int[] neighbours(int[] query, KernelTable.RowFilter excluded) {
        int[] rows = new int[Neighbourhood.MOST + 16];
        int n = neighbourhood.find(query, excluded, rows);
        for (int i = 0; i < n; i++) {
            use.used(rows[i]);
        }
        return Arrays.copyOf(rows, n);
    }

    private double[] leaveOneOut(List<int[]> rows, int[][] around, boolean standardised) {
        double[] errors = new double[rows.size()];
        Arrays.parallelSetAll(errors, i -> {
            Estimate estimate = estimate(rows.get(i), around[i]);
            double residual = Math.abs(estimate.mean() - residualOf(rows.get(i)));
            return standardised ? residual / Math.sqrt(estimate.variance()) : residual;
        });
        return errors;
    }

    private double residualOf(int[] values) {
        return residuals[neighbourhood.rowOf(values)];
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// A row's place, such that the correlation of two rows falls off with the sum of the differences of their coordinates.
    private static double[] coordinates(Kernel kernel, int[] values, Ranges ranges) {
        List<Axis> axes = kernel.axes();
        double[] coordinates = new double[values.length + 1];
        for (int a = 0; a < values.length; a++) {
            Axis axis = axes.get(a);
            coordinates[a] = axis.coordinate(values[a]) / (axis.isOrdered() ? ranges.ordered() : ranges.sibling());
            if (axis.alignment() > 1 && values[a] % axis.alignment() != 0) {
                coordinates[values.length] += 1 / ranges.aligned();
            }
        }
        kernel.compareByWork(coordinates);
        return coordinates;
    }

    /// The table behind the model, equal rows averaged.
    public KernelTable table() {
        return table;
    }

    /// The model in one line, for reports.
    public String describe() {
        return String.format(Locale.ROOT, "utilisation kriging (nugget %.0e, sibling range %.0f)", ranges.nugget(), ranges.sibling());
    }

    /// Predicts the time of these sizes, one value for each axis of the kernel.
    public Prediction predict(int... values) {
        return predict(values, nothing -> false);
    }

    /// A prediction and how far it is from measurements.
    ///
    /// @param prediction the time
    /// @param variance   kriging variance, as a multiple of the field's own: 0 at a measurement, above 1 where nothing is near
    record Placed(Prediction prediction, double variance) {}

    /// The same without the rows that are excluded.
    Prediction predict(int[] values, KernelTable.RowFilter excluded) {
        return placed(values, excluded).prediction();
    }

    /// Predicts, and says how far from measurements that is.
    Placed placed(int... values) {
        return placed(values, nothing -> false);
    }

    private Placed placed(int[] values, KernelTable.RowFilter excluded) {
        int[] query = known(values);
        Estimate estimate = estimate(query, neighbours(query, excluded));
        double time = roofline.time(query) * Math.exp(estimate.mean());
        boolean standIn = !Arrays.equals(query, values);
        if (standIn) {
            time *= rateRatio(values, query);
        }
        double half = NORMAL_95 * spread * Math.sqrt(estimate.variance()) + (standIn ? NOTHING_NEAR : 0);
        return new Placed(new Prediction(time, time * Math.exp(-half), time * Math.exp(half)), estimate.variance());
    }

    /// Standard deviation of the logarithm of a time that lies beyond what was measured, on top of what predictions within are off by.
    ///
    /// @param variance kriging variance there
    /// @param known    variance up to which a prediction counts as within; see [TableReach#knownVariance]
    double deviationBeyond(double variance, double known) {
        return spread * Math.sqrt(Math.max(0, variance - known));
    }

    /// Where a size lies among the measured ones of its axis.
    TableReach.Size size(int axis, double value) {
        return new TableReach.Size(table.kernel().axes().get(axis).name(), value, neighbourhood.atMost(axis, value),
                neighbourhood.atLeast(axis, value));
    }

    /// Whether rows of this variant were measured, and not only of one that stands in for it.
    boolean knowsVariant(int... values) {
        return Arrays.equals(known(values), values);
    }

    /// Time in nanoseconds; the same as [#predict] without its interval.
    public double nanos(int... values) {
        return predict(values).time() * table.unit().nanos();
    }

    /// Time in nanoseconds on a device with other rates: the prediction, scaled as the speed of light scales.
    double nanos(KernelStepOptions options, int... values) {
        int[] query = known(values);
        Roofline.Rates rates = roofline.rates(query);
        double flops = table.kernel().flops(query);
        double bytes = table.kernel().bytes(query);
        // The smallest time of a layer by tokens is its weights' way from memory.
        double floor = table.kernel() == Kernel.TOKENS ? rates.overhead() * (1 - 1 / options.bandwidthRatio()) : 0;
        double scaled = (rates.time(flops / options.flopRatio(), bytes / options.bandwidthRatio()) - floor) / rates.time(flops, bytes);
        return nanos(values) * scaled;
    }

    /// The speed-of-light time of these sizes, in the table's unit.
    double speedOfLight(int[] values) {
        return roofline.time(known(values));
    }

    Roofline.Rates rates(int[] values) {
        return roofline.rates(known(values));
    }

    /// A variant that was never measured is represented by the nearest one.
    private int[] known(int[] values) {
        int axis = roofline.groupAxis();
        if (axis < 0 || roofline.knows(values[axis])) {
            return values;
        }
        int[] replaced = values.clone();
        replaced[axis] = roofline.nearest(values[axis]);
        return replaced;
    }

    /// Work of the wanted sizes against that of the measured variant.
    private double rateRatio(int[] wanted, int[] measured) {
        double flops = table.kernel().flops(wanted) / Math.max(1, table.kernel().flops(measured));
        double bytes = table.kernel().bytes(wanted) / Math.max(1, table.kernel().bytes(measured));
        return Math.max(flops, bytes) > 0 ? Math.max(flops, bytes) : 1;
    }

    /// Estimate of a residual: its mean and its variance as a multiple of the field's.
    private record Estimate(double mean, double variance) {}

    private Estimate estimate(int[] query, int[] rows) {
        int n = rows.length;
        if (n == 0) {
            return new Estimate(0, 1 + NOTHING_NEAR);
        }
        double[] at = coordinates(table.kernel(), query, ranges);
        double[][] correlation = new double[n][n];
        double[] toQuery = new double[n];
        for (int i = 0; i < n; i++) {
            double[] own = coordinates[rows[i]];
            for (int j = 0; j < i; j++) {
                correlation[i][j] = correlation(own, coordinates[rows[j]]);
            }
            correlation[i][i] = 1 + ranges.nugget();
            toQuery[i] = correlation(own, at);
        }
        return ordinaryKriging(correlation, toQuery, rows, n);
    }

    private static double correlation(double[] a, double[] b) {
        double distance = 0;
        for (int k = 0; k < a.length; k++) {
            distance += Math.abs(a[k] - b[k]);
        }
        return Math.exp(-distance);
    }

    /// Mean μ + c'C⁻¹(y − μ) with the generalised least squares mean μ = 1'C⁻¹y / 1'C⁻¹1, and its variance.
    private Estimate ordinaryKriging(double[][] correlation, double[] toQuery, int[] rows, int n) {
        Factorisation.factor(correlation);
        double[] y = new double[n];
        double[] ones = new double[n];
        double[] c = toQuery.clone();
        for (int i = 0; i < n; i++) {
            y[i] = residuals[rows[i]];
            ones[i] = 1;
        }
        Factorisation.forward(correlation, y);
        Factorisation.forward(correlation, ones);
        Factorisation.forward(correlation, c);
        double oneOne = Factorisation.dot(ones, ones);
        double mean = Factorisation.dot(ones, y) / oneOne;
        double oneC = Factorisation.dot(ones, c);
        double value = mean + Factorisation.dot(c, y) - mean * oneC;
        double variance = 1 + ranges.nugget() - Factorisation.dot(c, c) + (1 - oneC) * (1 - oneC) / oneOne;
        return new Estimate(value, Math.max(variance, ranges.nugget()));
    }
}
