package dev.iterscope.projection.model.kernel;

/// An attention kernel made ready for simulations: its speed-of-light rates and a [Grid] of how far measurements are from them.
final class CompiledKernel {
    private static final double LOG2_E = 1 / Math.log(2);

    private final Grid grid;
    private final Roofline.Rates rates;
    private final double flopRatio;
    private final double byteRatio;
    private final double unitNanos;
    private final int stepsPerDoubling;

    private CompiledKernel(Grid grid, Roofline.Rates rates, double flopRatio, double byteRatio, double unitNanos, int stepsPerDoubling) {
        this.grid = grid;
        this.rates = rates;
        this.flopRatio = flopRatio;
        this.byteRatio = byteRatio;
        this.unitNanos = unitNanos;
        this.stepsPerDoubling = stepsPerDoubling;
    }

    /// Sizes at the grid's points, as rows of the kernel's table.
    interface Sizes {
        int[] at(int i0, int i1, int i2, int i3);
    }

    static CompiledKernel of(KernelModel model, int[] lengths, int stepsPerDoubling, Sizes sizes, KernelStepOptions options) {
        float[] values = new float[lengths[0] * lengths[1] * lengths[2] * lengths[3]];
        int n = 0;
        int[] any = sizes.at(0, 0, 0, 0);
        for (int i0 = 0; i0 < lengths[0]; i0++) {
            for (int i1 = 0; i1 < lengths[1]; i1++) {
                for (int i2 = 0; i2 < lengths[2]; i2++) {
                    for (int i3 = 0; i3 < lengths[3]; i3++) {
                        int[] row = sizes.at(i0, i1, i2, i3);
                        values[n++] = (float) Math.log(model.predict(row).time() / model.speedOfLight(row));
                    }
                }
            }
        }
        return new CompiledKernel(new Grid(lengths, values), model.rates(any), options.flopRatio(), options.bandwidthRatio(),
                model.table().unit().nanos(), stepsPerDoubling);
    }

    /// Grid position of a size on an axis that starts at 1.
    double position(double size) {
        return Math.log(Math.max(size, 1)) * LOG2_E * stepsPerDoubling;
    }

    /// Grid position on an axis whose first point is 0 and whose second is `first`.
    double positionFromZero(double size, double first) {
        return size < first ? size / first : 1 + Math.log(size / first) * LOG2_E * stepsPerDoubling;
    }

    /// Nanoseconds of work at a grid position.
    double nanos(double flops, double bytes, double p0, double p1, double p2, double p3) {
        return rates.time(flops / flopRatio, bytes / byteRatio) * Math.exp(grid.at(p0, p1, p2, p3)) * unitNanos;
    }
}
