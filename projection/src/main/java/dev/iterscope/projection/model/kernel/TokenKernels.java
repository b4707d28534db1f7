package dev.iterscope.projection.model.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/// The kernels of a part whose sizes follow from the tokens of a step: their times, and where those sizes lie among the measured ones.
///
/// @param part    the part of the step
/// @param kernels the kernels, all called equally often
record TokenKernels(StepPart part, List<Sized> kernels) {
    private static final int[] PROBES = {1, 8, 64, 512, 4096};

    /// A kernel by tokens.
    ///
    /// @param model its measurements
    /// @param row   its sizes at a number of tokens
    /// @param least smallest kriging variance over numbers of tokens: what the rest of its sizes leaves open
    record Sized(KernelModel model, IntFunction<int[]> row, double least) {
        static Sized of(KernelModel model, IntFunction<int[]> row) {
            double least = Double.POSITIVE_INFINITY;
            for (int tokens : PROBES) {
                least = Math.min(least, model.placed(row.apply(tokens)).variance());
            }
            return new Sized(model, row, least);
        }

        /// Batches are padded to multiples of 8 from 16 on, as captured sizes are.
        private static int padded(int tokens) {
            return tokens < 16 ? tokens : (tokens + 7) / 8 * 8;
        }

        private double known() {
            return TableReach.knownVariance(least, 1);
        }

        private double beyond(int tokens) {
            return model.deviationBeyond(model.placed(row.apply(tokens)).variance(), known());
        }

        private TableReach reach(StepPart part, int tokens) {
            int[] sizes = row.apply(padded(tokens));
            List<Axis> axes = model.table().kernel().axes();
            List<TableReach.Size> reached = new ArrayList<>();
            for (int a = 0; a < sizes.length; a++) {
                if (axes.get(a).isOrdered()) {
                    reached.add(model.size(a, sizes[a]));
                }
            }
            return new TableReach(part, model.table().name(), reached, model.knowsVariant(sizes), model.placed(sizes).variance(), known(),
                    1);
        }
    }

    /// Their times together, nanoseconds.
    double nanos(KernelStepOptions options, int tokens) {
        return kernels.stream().mapToDouble(kernel -> kernel.model().nanos(options, kernel.row().apply(tokens))).sum();
    }

    /// The largest of their standard deviations beyond what was measured.
    double beyond(int tokens) {
        return kernels.stream().mapToDouble(kernel -> kernel.beyond(tokens)).max().orElse(0);
    }

    /// Where their sizes lie: of the first that lies beyond what was measured, else of the first.
    Optional<TableReach> reach(int tokens) {
        List<TableReach> reaches = kernels.stream().map(kernel -> kernel.reach(part, tokens)).toList();
        return reaches.stream().filter(reach -> !reach.isMeasured()).findFirst().or(() -> reaches.stream().findFirst());
    }
}
