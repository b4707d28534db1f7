package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Llama3Scaling;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.model.RotaryFrequencies;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/// A small decoder with random weights, and its logits in double precision, written straight from the architecture's definition:
/// every token attends to all before it, nothing is cached, paged or rounded.
record SmallModel(ModelConfig config, long seed) implements TensorSource {
    private static final ModelConfig QWEN3 = config(Architecture.QWEN3, 4, 2, 32, true, false, Optional.empty());
    private static final ModelConfig QWEN2 = config(Architecture.QWEN2, 3, 1, 64, false, true, Optional.empty());
    private static final ModelConfig LLAMA =
            config(Architecture.LLAMA, 2, 2, 128, false, false, Optional.of(new Llama3Scaling(8, 1, 4, 64)));

    static List<SmallModel> families() {
        return List.of(new SmallModel(QWEN3, 1), new SmallModel(QWEN2, 2), new SmallModel(LLAMA, 3));
    }

    private static ModelConfig config(
            Architecture family, int heads, int kvHeads, int headDim, boolean qkNorm, boolean bias, Optional<Llama3Scaling> scaling) {
        return new ModelConfig(
                family.name(),
                family,
                72,
                2,
                heads,
                kvHeads,
                headDim,
                104,
                211,
                qkNorm,
                qkNorm,
                bias,
                1e-6f,
                new Rope(10_000, scaling),
                1024,
                DataType.BF16,
                List.of());
    }

    @Override
    public void require(String name, int rows, int columns) {
        // Every tensor can be made up.
    }

    @Override
    public void close() {}

    /// A row of a tensor, exact in bf16.
    @Override
    public void readRow(String name, int rows, int columns, int row, float[] into) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + name.hashCode() * 31L + row);
        double range =
                name.endsWith("norm.weight") ? 0.2 : name.contains("embed") || name.contains("bias") ? 0.5 : Math.sqrt(3.0 / columns);
        double center = name.endsWith("norm.weight") ? 1 : 0;
        for (int i = 0; i < columns; i++) {
            into[i] = DeviceArrays.round((float) (center + random.nextDouble(-range, range)));
        }
    }

    /// Logits for the token after `tokens`.
    double[] logits(int[] tokens) {
        return new Evaluation(config, this).logits(tokens);
    }

    /// Logits of a model with weights from anywhere, rounded to bf16 as the backend does.
    record Evaluation(ModelConfig config, TensorSource source, Map<String, float[][]> cache) {
        Evaluation(ModelConfig config, TensorSource source) {
            this(config, source, new HashMap<>());
        }
        double[] logits(int[] tokens) {
            ModelConfig c = config;
            double[][] x = new double[tokens.length][];
            for (int t = 0; t < tokens.length; t++) {
                x[t] = widen(tensor("model.embed_tokens.weight", c.vocabSize(), c.hiddenSize())[tokens[t]]);
            }
            for (int layer = 0; layer < c.layers(); layer++) {
                layer("model.layers." + layer + ".", x);
            }
            double[] last = norm(x[x.length - 1], "model.norm.weight");
            String head = c.tiedEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight";
            return product(last, head, c.vocabSize());
        }

        private void layer(String prefix, double[][] x) {
            ModelConfig c = config;
            double[][] queries = new double[x.length][];
            double[][] keys = new double[x.length][];
            double[][] values = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                double[] normed = norm(x[t], prefix + "input_layernorm.weight");
                queries[t] = projection(normed, prefix + "self_attn.q", c.queryWidth());
                keys[t] = projection(normed, prefix + "self_attn.k", c.kvWidth());
                values[t] = projection(normed, prefix + "self_attn.v", c.kvWidth());
                turn(queries[t], prefix + "self_attn.q_norm.weight", t);
                turn(keys[t], prefix + "self_attn.k_norm.weight", t);
            }
            for (int t = 0; t < x.length; t++) {
                add(x[t], product(attend(queries[t], keys, values, t), prefix + "self_attn.o_proj.weight", c.hiddenSize()));
                double[] normed = norm(x[t], prefix + "post_attention_layernorm.weight");
                double[] gate = product(normed, prefix + "mlp.gate_proj.weight", c.intermediateSize());
                double[] up = product(normed, prefix + "mlp.up_proj.weight", c.intermediateSize());
                for (int i = 0; i < gate.length; i++) {
                    gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
                }
                add(x[t], product(gate, prefix + "mlp.down_proj.weight", c.hiddenSize()));
            }
        }

        private double[] attend(double[] query, double[][] keys, double[][] values, int position) {
            ModelConfig c = config;
            int d = c.headDim();
            double[] result = new double[query.length];
            for (int head = 0; head < c.heads(); head++) {
                int kv = head / (c.heads() / c.kvHeads()) * d;
                double[] weights = new double[position + 1];
                double sum = 0;
                for (int p = 0; p <= position; p++) {
                    for (int i = 0; i < d; i++) {
                        weights[p] += query[head * d + i] * keys[p][kv + i];
                    }
                    weights[p] = Math.exp(weights[p] / Math.sqrt(d));
                    sum += weights[p];
                }
                for (int p = 0; p <= position; p++) {
                    for (int i = 0; i < d; i++) {
                        result[head * d + i] += weights[p] / sum * values[p][kv + i];
                    }
                }
            }
            return result;
        }

        private double[] projection(double[] x, String name, int outputs) {
            double[] y = product(x, name + "_proj.weight", outputs);
            if (config.attentionBias()) {
                add(y, widen(tensor(name + "_proj.bias", 1, outputs)[0]));
            }
            return y;
        }

        /// Norm per head where the family has one, then rotation.
        private void turn(double[] heads, String normName, int position) {
            int d = config.headDim();
            for (int from = 0; from < heads.length; from += d) {
                double[] head = Arrays.copyOfRange(heads, from, from + d);
                if (config.qkNorm()) {
                    head = norm(head, normName);
                }
                for (int i = 0; i < d / 2; i++) {
                    double angle = position * RotaryFrequencies.of(config, i);
                    heads[from + i] = head[i] * Math.cos(angle) - head[i + d / 2] * Math.sin(angle);
                    heads[from + i + d / 2] = head[i + d / 2] * Math.cos(angle) + head[i] * Math.sin(angle);
                }
            }
        }

        private double[] norm(double[] x, String name) {
            float[] weight = tensor(name, 1, x.length)[0];
            double squares = 0;
            for (double value : x) {
                squares += value * value;
            }
            double[] y = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                y[i] = x[i] / Math.sqrt(squares / x.length + config.rmsNormEps()) * weight[i];
            }
            return y;
        }

        private double[] product(double[] x, String name, int outputs) {
            float[][] w = tensor(name, outputs, x.length);
            double[] y = new double[outputs];
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < x.length; i++) {
                    y[o] += x[i] * w[o][i];
                }
            }
            return y;
        }

        private float[][] tensor(String name, int rows, int columns) {
            return cache.computeIfAbsent(name, n -> {
                float[][] tensor = new float[rows][columns];
                for (int row = 0; row < rows; row++) {
                    source.readRow(n, rows, columns, row, tensor[row]);
                    tensor[row] = DeviceArrays.roundAll(tensor[row]);
                }
                return tensor;
            });
        }

        private static double[] widen(float[] values) {
            double[] wide = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                wide[i] = values[i];
            }
            return wide;
        }

        private static void add(double[] target, double[] summand) {
            for (int i = 0; i < target.length; i++) {
                target[i] += summand[i];
            }
        }
    }
}
