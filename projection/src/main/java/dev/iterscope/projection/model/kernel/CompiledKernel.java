package dev.iterscope.projection.model.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// An attention kernel made ready for simulations: its speed-of-light rates, a [Grid] of how far measurements are from them, and another
/// of how far each of its points is from measurements.
final class CompiledKernel {
    private final KernelModel model;
    private final List<GridAxis> axes;
    private final GridAxis axis0;
    private final Grid grid;
    private final Grid variances;
    private final double knownVariance;
    private final boolean knownVariant;
    private final List<TableReach.Size> fixed;
    private final Roofline.Rates rates;
    private final double flopRatio;
    private final double byteRatio;
    private final double unitNanos;

    private CompiledKernel(KernelModel model, List<GridAxis> axes, Grid grid, Grid variances, int[] any, KernelStepOptions options) {
        this.model = model;
        this.axes = axes;
        this.axis0 = axes.getFirst();
        this.grid = grid;
        this.variances = variances;
        this.knownVariance = TableReach.knownVariance(variances.least(), axes.size());
        this.knownVariant = model.knowsVariant(any);
        this.fixed = fixed(model, axes, any);
        this.rates = model.rates(any);
        this.flopRatio = options.flopRatio();
        this.byteRatio = options.bandwidthRatio();
        this.unitNanos = model.table().unit().nanos();
    }

    /// Sizes at the grid's points, as rows of the kernel's table.
    interface Sizes {
        int[] at(int i0, int i1, int i2, int i3);
    }

    /// @param lengths grid points of each of four axes; 1 where fewer are used, but at least 2 for the first two
    /// @param axes    the axes that are used
    static CompiledKernel of(KernelModel model, int[] lengths, List<GridAxis> axes, Sizes sizes, KernelStepOptions options) {
        int points = lengths[0] * lengths[1] * lengths[2] * lengths[3];
        float[] values = new float[points];
        float[] variances = new float[points];
        int n = 0;
        for (int i0 = 0; i0 < lengths[0]; i0++) {
            for (int i1 = 0; i1 < lengths[1]; i1++) {
                for (int i2 = 0; i2 < lengths[2]; i2++) {
                    for (int i3 = 0; i3 < lengths[3]; i3++) {
                        int[] row = sizes.at(i0, i1, i2, i3);
                        KernelModel.Placed placed = model.placed(row);
                        values[n] = (float) Math.log(placed.prediction().time() / model.speedOfLight(row));
                        variances[n++] = (float) placed.variance();
                    }
                }
            }
        }
        return new CompiledKernel(model, List.copyOf(axes), new Grid(lengths, values), new Grid(lengths, variances), sizes.at(0, 0, 0, 0),
                options);
    }

    /// The sizes that are the model's and no step's: heads.
    private static List<TableReach.Size> fixed(KernelModel model, List<GridAxis> axes, int[] row) {
        List<Axis> all = model.table().kernel().axes();
        return IntStream.range(0, all.size())
                .filter(a -> all.get(a).kind() == Axis.Kind.ORDERED && axes.stream().noneMatch(axis -> axis.tableAxis() == a))
                .mapToObj(a -> model.size(a, row[a]))
                .toList();
    }

    private double position(int axis, double size) {
        return axis < axes.size() ? axes.get(axis).position(size) : 0;
    }

    /// Nanoseconds of work of these sizes, one for each axis in use.
    ///
    /// @param departs how many standard deviations a time beyond the measured sizes departs from the prediction; 0 for the prediction
    double nanos(double departs, double flops, double bytes, double s0, double s1, double s2, double s3) {
        double p0 = axis0.position(s0);
        double p1 = position(1, s1);
        double p2 = position(2, s2);
        double p3 = position(3, s3);
        double logRatio = grid.at(p0, p1, p2, p3);
        if (departs != 0) {
            logRatio += departs * model.deviationBeyond(variances.at(p0, p1, p2, p3), knownVariance);
        }
        return rates.time(flops / flopRatio, bytes / byteRatio) * Math.exp(logRatio) * unitNanos;
    }

    /// Where these sizes lie among the measured ones.
    TableReach reach(StepPart part, double... sizes) {
        List<TableReach.Size> reached = new ArrayList<>();
        double[] positions = new double[4];
        for (int i = 0; i < axes.size(); i++) {
            positions[i] = axes.get(i).position(sizes[i]);
            reached.add(model.size(axes.get(i).tableAxis(), sizes[i]));
        }
        reached.addAll(fixed);
        return new TableReach(part, model.table().name(), reached, knownVariant,
                variances.at(positions[0], positions[1], positions[2], positions[3]), knownVariance, axes.size());
    }
}
