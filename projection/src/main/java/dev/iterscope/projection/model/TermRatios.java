package dev.iterscope.projection.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/// What became of each term between two recordings, from like batches alone.
///
/// A bin's ratio of times is the mean of its terms' ratios, weighted with their shares of its time. Bins in which the shares differ tell the
/// terms apart: generalised least squares, with a weak prior at the ratio of all, so that a term on which the like batches say nothing
/// keeps a wide interval. Where bins scatter more around the fit than their deviations explain, deviations grow accordingly.
final class TermRatios {
    /// How far a term may be from the change of all, before any like batch is looked at, as a share.
    private static final double PRIOR = 0.5;
    /// A term whose ratio stays less certain is not told apart.
    private static final double TOLD = 0.1;

    private final List<StepTerm> terms;
    private final double[] ratios;
    private final double[] deviations;

    private TermRatios(List<StepTerm> terms, double[] ratios, double[] deviations) {
        this.terms = terms;
        this.ratios = ratios;
        this.deviations = deviations;
    }

    static TermRatios of(LikeBatches like) {
        List<StepTerm> terms = Arrays.stream(StepTerm.values()).filter(term -> like.nanos(term) > 0).toList();
        double common = like.bins().isEmpty() ? 1 : like.ratio();
        int p = terms.size();
        double[][] precision = new double[p][p];
        double[] right = new double[p];
        for (int j = 0; j < p; j++) {
            precision[j][j] = 1 / (PRIOR * common * PRIOR * common);
        }
        List<double[]> rows = new ArrayList<>();
        for (LikeBatches.Bin bin : like.bins()) {
            double[] row = terms.stream().mapToDouble(bin::share).toArray();
            rows.add(row);
            double error = bin.ratio() * bin.deviation();
            for (int j = 0; j < p; j++) {
                right[j] += row[j] * (bin.ratio() - common) / (error * error);
                for (int k = 0; k < p; k++) {
                    precision[j][k] += row[j] * row[k] / (error * error);
                }
            }
        }
        Cholesky.factor(precision);
        Cholesky.solveFactored(precision, right);
        double[] ratios = Arrays.stream(right).map(difference -> common + difference).toArray();
        double scatter = Math.sqrt(Math.max(1, misfit(like, rows, ratios)));
        double[] deviations = new double[p];
        for (int j = 0; j < p; j++) {
            double[] unit = new double[p];
            unit[j] = 1;
            Cholesky.solveFactored(precision, unit);
            deviations[j] = scatter * Math.sqrt(unit[j]);
        }
        return new TermRatios(terms, ratios, deviations);
    }

    /// Mean squared distance of the bins from the fit, in their deviations; a bin more than there are terms makes a degree of freedom.
    private static double misfit(LikeBatches like, List<double[]> rows, double[] ratios) {
        double squares = 0;
        for (int i = 0; i < rows.size(); i++) {
            LikeBatches.Bin bin = like.bins().get(i);
            double fitted = 0;
            for (int j = 0; j < ratios.length; j++) {
                fitted += rows.get(i)[j] * ratios[j];
            }
            double distance = (bin.ratio() - fitted) / (bin.ratio() * bin.deviation());
            squares += distance * distance;
        }
        return squares / Math.max(1, rows.size() - ratios.length);
    }

    /// The ratio of a term; empty where the like batches hold nothing of it.
    OptionalDouble ratio(StepTerm term) {
        int at = terms.indexOf(term);
        return at < 0 ? OptionalDouble.empty() : OptionalDouble.of(ratios[at]);
    }

    /// Standard deviation of the ratio of a term that has one.
    double deviation(StepTerm term) {
        return deviations[terms.indexOf(term)];
    }

    /// Whether the like batches tell the term from the others.
    boolean isTold(StepTerm term) {
        return terms.contains(term) && deviation(term) < TOLD;
    }
}
