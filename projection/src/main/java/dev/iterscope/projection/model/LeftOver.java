package dev.iterscope.projection.model;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What the physical terms leave over: a factor on a step's time that depends on its scheduled tokens, for steps that only generate and
/// steps with context work apart. Kernels change with the batch in ways that no term holds; steps of one size share what is missing, so it
/// does not average out of a throughput.
///
/// The logarithm of the factor is a Gaussian process over the logarithm of the tokens (Rasmussen and Williams 2006, chapter 2): its standard
/// deviation is estimated from how far the medians of steps of one size lie from zero beyond their own error; its correlation is
/// exp(−doublings / 0.5). Where steps were recorded it follows them, elsewhere it returns to 1 and the uncertainty is the full one.
final class LeftOver {
    private static final int EXACT = 16;
    private static final int PER_DOUBLING = 8;
    private static final int DOUBLINGS = 14;
    /// Numbers of tokens that have a factor: each up to 16, eight for each doubling from there.
    static final int NODES = EXACT + PER_DOUBLING * DOUBLINGS;
    private static final double CORRELATED_DOUBLINGS = 0.5;
    /// Assumed before anything is measured, with the weight of so many sizes.
    private static final double ASSUMED_DEVIATION = 0.04;
    private static final double ASSUMED_SIZES = 3;
    private static final double LEAST_DEVIATION = 0.005;
    private static final double MOST_DEVIATION = 0.3;
    private static final double LEAST_NOISE = 0.01;
    /// A size told by fewer steps says nothing when it lies further off than so many standard deviations of the most that sizes differ by:
    /// then the step was cold or disturbed, and a factor from it would slow down every step of that size.
    private static final int FEW = 3;
    private static final double FAR = 2;
    /// Variance of a median of normal values against that of their mean.
    private static final double MEDIAN = Math.PI / 2;
    private static final short[] NODE_OF = nodes();

    private final Field generation;
    private final Field context;

    private LeftOver(Field generation, Field context) {
        this.generation = generation;
        this.context = context;
    }

    /// @param samples   the steps; those whose time is known only together say nothing here
    /// @param predicted what the terms predict, nanoseconds
    /// @param deviation relative standard deviation of steps around it
    static LeftOver of(List<StepSamples.Sample> samples, double[] predicted, double deviation) {
        return new LeftOver(Field.of(samples, predicted, deviation, false), Field.of(samples, predicted, deviation, true));
    }

    /// The best estimate.
    StepFactor mean() {
        return new StepFactor(exp(generation.mean), exp(context.mean), StepFactor.Beyond.NONE, StepFactor.Scatter.NONE);
    }

    /// A draw of the factors for steps that only generate, or of those for steps with context work.
    double[] draw(boolean contextSteps, SplittableRandom random) {
        return exp((contextSteps ? context : generation).draw(random));
    }

    /// Standard deviation of the factor for a step.
    double deviation(boolean contextStep, double tokens) {
        return (contextStep ? context : generation).deviation(node((int) tokens));
    }

    private static double[] exp(double[] logs) {
        return Arrays.stream(logs).map(Math::exp).toArray();
    }

    /// The node whose factor holds for so many tokens.
    static int node(int tokens) {
        return tokens < NODE_OF.length ? NODE_OF[Math.max(0, tokens)] : nodeOf(tokens);
    }

    private static short[] nodes() {
        short[] nodes = new short[4097];
        for (int tokens = 0; tokens < nodes.length; tokens++) {
            nodes[tokens] = (short) nodeOf(tokens);
        }
        return nodes;
    }

    private static int nodeOf(int tokens) {
        if (tokens <= EXACT) {
            return Math.max(0, tokens - 1);
        }
        return Math.min(NODES - 1, EXACT - 1 + (int) Math.round(PER_DOUBLING * log2((double) tokens / EXACT)));
    }

    private static double position(int node) {
        return node < EXACT ? log2(node + 1.0) : log2(EXACT) + (node - EXACT + 1.0) / PER_DOUBLING;
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }

    /// The process at all nodes, given what was measured at some.
    private static final class Field {
        private final double[] mean;
        /// Cholesky factor of its covariance.
        private final double[][] factor;

        private Field(double[] mean, double[][] factor) {
            this.mean = mean;
            this.factor = factor;
        }

        static Field of(List<StepSamples.Sample> samples, double[] predicted, double deviation, boolean context) {
            Sizes sizes = Sizes.of(samples, predicted, Math.max(deviation, LEAST_NOISE), context);
            double variance = sizes.variance();
            int n = sizes.count();
            double[][] a = new double[n][n];
            double[] weights = new double[n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    a[i][j] = variance * correlation(sizes.node(i), sizes.node(j));
                }
                a[i][i] += sizes.error(i);
                weights[i] = sizes.median(i);
            }
            Cholesky.factor(a);
            Cholesky.solveFactored(a, weights);
            double[] mean = new double[NODES];
            double[][] known = new double[NODES][n];
            for (int node = 0; node < NODES; node++) {
                for (int i = 0; i < n; i++) {
                    double covariance = variance * correlation(node, sizes.node(i));
                    mean[node] += covariance * weights[i];
                    known[node][i] = covariance;
                }
                forward(a, known[node]);
            }
            double[][] posterior = new double[NODES][NODES];
            for (int i = 0; i < NODES; i++) {
                for (int j = 0; j <= i; j++) {
                    double sum = variance * correlation(i, j);
                    for (int k = 0; k < n; k++) {
                        sum -= known[i][k] * known[j][k];
                    }
                    posterior[i][j] = sum;
                    posterior[j][i] = sum;
                }
                posterior[i][i] += 1e-9;
            }
            Cholesky.factor(posterior);
            return new Field(mean, posterior);
        }

        private static void forward(double[][] factor, double[] b) {
            for (int i = 0; i < b.length; i++) {
                for (int k = 0; k < i; k++) {
                    b[i] -= factor[i][k] * b[k];
                }
                b[i] /= factor[i][i];
            }
        }

        private static double correlation(int a, int b) {
            return Math.exp(-Math.abs(position(a) - position(b)) / CORRELATED_DOUBLINGS);
        }

        double deviation(int node) {
            double sum = 0;
            for (int k = 0; k <= node; k++) {
                sum += factor[node][k] * factor[node][k];
            }
            return Math.sqrt(sum);
        }

        double[] draw(SplittableRandom random) {
            double[] normal = new double[NODES];
            for (int i = 0; i < NODES; i++) {
                normal[i] = random.nextGaussian();
            }
            double[] drawn = mean.clone();
            for (int i = 0; i < NODES; i++) {
                for (int k = 0; k <= i; k++) {
                    drawn[i] += factor[i][k] * normal[k];
                }
            }
            return drawn;
        }
    }

    /// Steps of one size together: the median of the logarithms of measured over predicted, and the variance of that median.
    private static final class Sizes {
        private final int[] nodes;
        private final double[] medians;
        private final double[] errors;

        private Sizes(int[] nodes, double[] medians, double[] errors) {
            this.nodes = nodes;
            this.medians = medians;
            this.errors = errors;
        }

        static Sizes of(List<StepSamples.Sample> samples, double[] predicted, double deviation, boolean context) {
            double[][] logs = new double[NODES][8];
            int[] counts = new int[NODES];
            for (int i = 0; i < predicted.length; i++) {
                StepSamples.Sample sample = samples.get(i);
                if (sample.steps().size() == 1 && sample.steps().getFirst().context() == context && predicted[i] > 0) {
                    int node = LeftOver.node((int) sample.steps().getFirst().tokens());
                    if (counts[node] == logs[node].length) {
                        logs[node] = Arrays.copyOf(logs[node], 2 * counts[node]);
                    }
                    logs[node][counts[node]++] = Math.log(sample.nanos() / predicted[i]);
                }
            }
            int[] nodes = new int[NODES];
            double[] medians = new double[NODES];
            double[] errors = new double[NODES];
            int n = 0;
            for (int node = 0; node < NODES; node++) {
                if (counts[node] > 0) {
                    Arrays.sort(logs[node], 0, counts[node]);
                    double median = 0.5 * (logs[node][(counts[node] - 1) / 2] + logs[node][counts[node] / 2]);
                    double independent = 1 + (counts[node] - 1) / Identifiability.CORRELATED_STEPS;
                    double error = MEDIAN * deviation * deviation / independent;
                    boolean far = Math.abs(median) > FAR * Math.sqrt(MOST_DEVIATION * MOST_DEVIATION + error);
                    if (counts[node] >= FEW || !far) {
                        nodes[n] = node;
                        medians[n] = median;
                        errors[n++] = error;
                    }
                }
            }
            return new Sizes(Arrays.copyOf(nodes, n), Arrays.copyOf(medians, n), Arrays.copyOf(errors, n));
        }

        int count() {
            return nodes.length;
        }

        int node(int i) {
            return nodes[i];
        }

        double median(int i) {
            return medians[i];
        }

        double error(int i) {
            return errors[i];
        }

        /// Variance of what sizes have in common, by moments: that of the medians less their own errors.
        double variance() {
            double assumed = ASSUMED_DEVIATION * ASSUMED_DEVIATION;
            double weights = ASSUMED_SIZES / assumed;
            double sum = weights * assumed;
            for (int i = 0; i < nodes.length; i++) {
                double weight = 1 / (errors[i] + assumed);
                weights += weight;
                sum += weight * (medians[i] * medians[i] - errors[i]);
            }
            return Math.clamp(sum / weights, LEAST_DEVIATION * LEAST_DEVIATION, MOST_DEVIATION * MOST_DEVIATION);
        }
    }
}
