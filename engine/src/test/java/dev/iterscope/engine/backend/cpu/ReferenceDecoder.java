package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import java.util.ArrayList;
import java.util.List;

/// A decoder in double precision, written straight from the formulas (Vaswani et al. 2017, Su et al. 2021, Shazeer 2020, Ainslie et
/// al. 2023), without batches, blocks, packing or caches: every token attends to the whole list of keys and values before it.
/// Weights are rounded to bfloat16 first, as a BF16 checkpoint holds them, or to 8-bit integers times the scale of their group where the
/// model asks for them; norms and biases are not.
final class ReferenceDecoder {
    private final ModelConfig m;
    private final TensorSource source;

    ReferenceDecoder(ModelConfig model, TensorSource source) {
        this.m = model;
        this.source = source;
    }

    /// Logits after each of the tokens.
    List<double[]> logits(int[] tokens) {
        List<double[]> states = new ArrayList<>();
        double[][] embedding = matrix("model.embed_tokens.weight", m.vocabSize(), m.hiddenSize());
        for (int token : tokens) {
            states.add(embedding[token].clone());
        }
        for (int layer = 0; layer < m.layers(); layer++) {
            attention(states, "model.layers." + layer + ".");
            mlp(states, "model.layers." + layer + ".");
        }
        double[] norm = vector("model.norm.weight", m.hiddenSize());
        double[][] head = m.tiedEmbeddings() ? embedding : matrix("lm_head.weight", m.vocabSize(), m.hiddenSize());
        return states.stream().map(x -> times(head, rmsNorm(x, norm))).toList();
    }

    private void attention(List<double[]> states, String prefix) {
        double[] norm = vector(prefix + "input_layernorm.weight", m.hiddenSize());
        double[][] wq = matrix(prefix + "self_attn.q_proj.weight", m.queryWidth(), m.hiddenSize());
        double[][] wk = matrix(prefix + "self_attn.k_proj.weight", m.kvWidth(), m.hiddenSize());
        double[][] wv = matrix(prefix + "self_attn.v_proj.weight", m.kvWidth(), m.hiddenSize());
        double[][] wo = matrix(prefix + "self_attn.o_proj.weight", m.hiddenSize(), m.queryWidth());
        List<double[][]> keys = new ArrayList<>();
        List<double[][]> values = new ArrayList<>();
        for (int position = 0; position < states.size(); position++) {
            double[] x = rmsNorm(states.get(position), norm);
            double[][] q = heads(projected(wq, x, prefix + "self_attn.q_proj.bias"), prefix + "self_attn.q_norm.weight", position);
            keys.add(heads(projected(wk, x, prefix + "self_attn.k_proj.bias"), prefix + "self_attn.k_norm.weight", position));
            values.add(split(projected(wv, x, prefix + "self_attn.v_proj.bias")));
            double[] mixed = new double[m.queryWidth()];
            for (int h = 0; h < m.heads(); h++) {
                int group = h / (m.heads() / m.kvHeads());
                double[] out = attend(q[h], keys, values, group);
                System.arraycopy(out, 0, mixed, h * m.headDim(), m.headDim());
            }
            add(states.get(position), times(wo, mixed));
        }
    }

    private double[] attend(double[] query, List<double[][]> keys, List<double[][]> values, int group) {
        double[] weights = new double[keys.size()];
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = dot(query, keys.get(i)[group]) / Math.sqrt(m.headDim());
            max = Math.max(max, weights[i]);
        }
        double total = 0;
        double[] out = new double[m.headDim()];
        for (int i = 0; i < weights.length; i++) {
            double weight = Math.exp(weights[i] - max);
            total += weight;
            for (int d = 0; d < out.length; d++) {
                out[d] += weight * values.get(i)[group][d];
            }
        }
        for (int d = 0; d < out.length; d++) {
            out[d] /= total;
        }
        return out;
    }

    private void mlp(List<double[]> states, String prefix) {
        double[] norm = vector(prefix + "post_attention_layernorm.weight", m.hiddenSize());
        double[][] gate = matrix(prefix + "mlp.gate_proj.weight", m.intermediateSize(), m.hiddenSize());
        double[][] up = matrix(prefix + "mlp.up_proj.weight", m.intermediateSize(), m.hiddenSize());
        double[][] down = matrix(prefix + "mlp.down_proj.weight", m.hiddenSize(), m.intermediateSize());
        for (double[] state : states) {
            double[] x = rmsNorm(state, norm);
            double[] g = times(gate, x);
            double[] u = times(up, x);
            for (int i = 0; i < g.length; i++) {
                g[i] = g[i] / (1 + Math.exp(-g[i])) * u[i];
            }
            add(state, times(down, g));
        }
    }

    private double[] projected(double[][] weights, double[] x, String bias) {
        double[] y = times(weights, x);
        if (m.attentionBias()) {
            add(y, vector(bias, y.length));
        }
        return y;
    }

    private double[][] heads(double[] all, String norm, int position) {
        double[][] heads = split(all);
        for (int h = 0; h < heads.length; h++) {
            heads[h] = rotate(m.qkNorm() ? rmsNorm(heads[h], vector(norm, m.headDim())) : heads[h], position);
        }
        return heads;
    }

    private double[][] split(double[] all) {
        double[][] heads = new double[all.length / m.headDim()][m.headDim()];
        for (int h = 0; h < heads.length; h++) {
            System.arraycopy(all, h * m.headDim(), heads[h], 0, m.headDim());
        }
        return heads;
    }

    /// Pairs (d, d + headDim / 2) as complex numbers times e^(i · position · frequency).
    private double[] rotate(double[] x, int position) {
        int half = m.headDim() / 2;
        double[] y = new double[x.length];
        for (int d = 0; d < half; d++) {
            double angle = position * frequency(d);
            y[d] = x[d] * Math.cos(angle) - x[d + half] * Math.sin(angle);
            y[d + half] = x[d + half] * Math.cos(angle) + x[d] * Math.sin(angle);
        }
        return y;
    }

    /// With Llama 3.1's scaling, as Meta's `apply_scaling` computes it.
    private double frequency(int d) {
        double frequency = 1 / Math.pow(m.rope().theta(), 2.0 * d / m.headDim());
        return m.rope().scaling().map(s -> {
            double wavelength = 2 * Math.PI / frequency;
            double lowest = s.originalMaxPositionEmbeddings() / s.lowFreqFactor();
            double highest = s.originalMaxPositionEmbeddings() / s.highFreqFactor();
            if (wavelength < highest) {
                return frequency;
            }
            if (wavelength > lowest) {
                return frequency / s.factor();
            }
            double smooth = (s.originalMaxPositionEmbeddings() / wavelength - s.lowFreqFactor())
                    / (s.highFreqFactor() - s.lowFreqFactor());
            return (1 - smooth) * frequency / s.factor() + smooth * frequency;
        })
                .orElse(frequency);
    }

    private double[] rmsNorm(double[] x, double[] weight) {
        double sum = 0;
        for (double v : x) {
            sum += v * v;
        }
        double scale = 1 / Math.sqrt(sum / x.length + m.rmsNormEps());
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] * scale * weight[i];
        }
        return y;
    }

    private double[] vector(String name, int length) {
        return row(name, 1, length, 0, false);
    }

    private double[][] matrix(String name, int rows, int columns) {
        double[][] matrix = new double[rows][];
        for (int r = 0; r < rows; r++) {
            matrix[r] = row(name, rows, columns, r, true);
        }
        return matrix;
    }

    private double[] row(String name, int rows, int columns, int row, boolean rounded) {
        float[] values = new float[columns];
        source.readRow(name, rows, columns, row, values);
        double[] result = new double[columns];
        for (int i = 0; i < columns; i++) {
            result[i] = !rounded ? values[i] : m.weightType() == DataType.INT8 ? nearestInteger(values, i) : nearestBfloat16(values[i]);
        }
        return result;
    }

    /// The nearest of the multiples of a 127th of the largest weight among the 128 that share its scale.
    private static double nearestInteger(float[] row, int i) {
        int from = i / 128 * 128;
        float largest = 0;
        for (int j = from; j < Math.min(row.length, from + 128); j++) {
            largest = Math.max(largest, Math.abs(row[j]));
        }
        float scale = largest / 127;
        return Math.rint(row[i] / scale) * scale;
    }

    /// The nearer of the two neighbours with 8 significant bits, by their distance.
    private static float nearestBfloat16(float value) {
        float below = Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF0000);
        float above = Float.intBitsToFloat((Float.floatToRawIntBits(value) & 0xFFFF0000) + 0x10000);
        double toBelow = Math.abs((double) value - below);
        double toAbove = Math.abs((double) above - value);
        if (toBelow == toAbove) {
            return (Float.floatToRawIntBits(below) & 0x10000) == 0 ? below : above;
        }
        return toBelow < toAbove ? below : above;
    }

    private static double[] times(double[][] matrix, double[] x) {
        double[] y = new double[matrix.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = dot(matrix[i], x);
        }
        return y;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < b.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void add(double[] to, double[] what) {
        for (int i = 0; i < to.length; i++) {
            to[i] += what[i];
        }
    }
}
