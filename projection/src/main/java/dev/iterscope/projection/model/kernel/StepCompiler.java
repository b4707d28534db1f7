package dev.iterscope.projection.model.kernel;

import dev.iterscope.engine.model.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/// Puts a model's kernels together into the parts of a step, from the tables of either layout.
final class StepCompiler {
    /// Axes of attention.
    private static final int KV_TYPE = 5;
    private static final int ATTENTION_TYPE = 7;
    private static final int MOST_REQUESTS = 2048;
    /// A small kernel in a captured graph or a fused one: what its launch and tail cost.
    private static final double SMALL_KERNEL_NANOS = 1_500;
    /// Share of the bandwidth that element-wise kernels reach.
    private static final double ELEMENTWISE_EFFICIENCY = 0.7;
    /// Sampling a token from logits, beyond the head.
    private static final double SAMPLE_NANOS = 1_000;
    private static final double SAMPLER_NANOS = 25_000;
    private static final List<String> GEMM_LAYERS = List.of("qkv_proj", "o_proj", "gate_up_proj", "down_proj");

    private final Map<String, KernelModel> models;
    private final ModelConfig config;
    private final KernelStepOptions options;
    private final int ranks;

    StepCompiler(Map<String, KernelModel> models, ModelConfig config, KernelStepOptions options) {
        this.models = models;
        this.config = config;
        this.options = options;
        this.ranks = options.tensorParallel();
    }

    /// The first table that a step needs and the profile lacks.
    Optional<String> missing() {
        List<String> needed = isStepwise()
                ? List.of(StepTables.of(StepTables.Part.GEMM))
                : isLayerwise()
                        ? List.of("qkv_proj", "o_proj", "gate_up_proj", "down_proj", "attention", "lm_head")
                        : List.of("gemm", "context_attention", "generation_attention");
        return needed.stream().filter(name -> !models.containsKey(name)).findFirst();
    }

    /// What a step lacks that is not needed for a time, in words: nothing is guessed in its place.
    Optional<String> leftOut() {
        if (isStepwise()) {
            return models.containsKey(StepTables.of(StepTables.Part.CONTEXT_ATTENTION))
                    ? Optional.empty()
                    : Optional.of("No recorded step with kernels holds context work: what the attention of prompts takes is left out.");
        }
        return ranks > 1 && !models.containsKey("all_reduce")
                ? Optional.of("There is no table of all_reduce: what " + ranks + " ranks say to each other is left out.")
                : Optional.empty();
    }

    /// Sums over recorded steps.
    private boolean isStepwise() {
        return models.containsKey(StepTables.of(StepTables.Part.GEMM));
    }

    private double step(StepTables.Part part, int size) {
        return optional(StepTables.of(part), size);
    }

    private boolean isLayerwise() {
        return models.containsKey("qkv_proj") || models.containsKey("attention");
    }

    CompiledStep compile() {
        TokenKernels products = products();
        TokenKernels reduces = reduces();
        return new CompiledStep(
                overTokens(n -> calls() * products.nanos(options, n), products::beyond),
                overTokens(this::elementwiseNanos, products::beyond),
                overTokens(n -> reduceCalls() * reduces.nanos(options, n), reduces::beyond),
                overRequests(),
                isStepwise() ? attentionByWork() : isLayerwise() ? mixedAttention() : separateAttention(),
                calls(),
                options,
                products::reach,
                reduces::reach);
    }

    private KernelModel model(String name) {
        KernelModel model = models.get(name);
        if (model == null) {
            throw new IllegalStateException("no table of " + name);
        }
        return model;
    }

    /// Time of something by the tokens of a step.
    private interface ByTokens {
        double nanos(int tokens);
    }

    /// Tabulates over tokens: each captured size, then every 64 and later every 1024 tokens, linear between.
    private CompiledStep.OverTokens overTokens(ByTokens part, ByTokens beyond) {
        // Sums over recorded steps hold their padding already.
        TreeSet<Integer> points = new TreeSet<>(isStepwise() ? List.of() : options.captureSizes());
        int captured = points.isEmpty() ? 0 : points.getLast();
        for (int n = 1; n <= CompiledStep.MOST_TOKENS; n += n < 16 ? 1 : n < 64 ? 8 - n % 8 : n < 8192 ? 64 - n % 64 : 1024) {
            if (n > captured || captured == 0) {
                points.add(n);
            }
        }
        points.add(CompiledStep.MOST_TOKENS);
        float[] table = new float[CompiledStep.MOST_TOKENS + 1];
        float[] deviations = new float[CompiledStep.MOST_TOKENS + 1];
        int before = 0;
        double beforeNanos = 0;
        for (int point : points) {
            // A larger batch never takes less: noise between two measurements must not reward padding.
            double nanos = Math.max(beforeNanos, part.nanos(point));
            boolean padded = point <= captured;
            for (int n = before + 1; n <= point; n++) {
                double share = (double) (n - before) / (point - before);
                table[n] = (float) (padded || before == 0 ? nanos : beforeNanos + share * (nanos - beforeNanos));
            }
            Arrays.fill(deviations, before + 1, point + 1, (float) beyond.nanos(point));
            before = point;
            beforeNanos = nanos;
        }
        return new CompiledStep.OverTokens(table, deviations);
    }

    /// How often each kernel runs in a step; sums over recorded steps are of all layers.
    private int calls() {
        return isStepwise() ? 1 : config.layers();
    }

    /// After attention and after the MLP of each layer, and once for the embedding, whose vocabulary is split over the ranks.
    private int reduceCalls() {
        return isStepwise() ? 1 : 2 * config.layers() + 1;
    }

    private TokenKernels products() {
        if (isStepwise()) {
            return byTokens(StepPart.GEMM, List.of(StepTables.of(StepTables.Part.GEMM), StepTables.of(StepTables.Part.MOE)));
        }
        if (isLayerwise()) {
            return byTokens(StepPart.GEMM, GEMM_LAYERS);
        }
        int type = options.matrixType().code();
        int hidden = config.hiddenSize();
        int query = config.queryWidth() / ranks;
        int keys = Math.max(config.headDim(), config.kvWidth() / ranks);
        int inner = config.intermediateSize() / ranks;
        KernelModel gemm = model("gemm");
        return new TokenKernels(StepPart.GEMM, List.of(
                TokenKernels.Sized.of(gemm, tokens -> new int[] {tokens, query + 2 * keys, hidden, type}),
                TokenKernels.Sized.of(gemm, tokens -> new int[] {tokens, hidden, query, type}),
                TokenKernels.Sized.of(gemm, tokens -> new int[] {tokens, 2 * inner, hidden, type}),
                TokenKernels.Sized.of(gemm, tokens -> new int[] {tokens, hidden, inner, type})));
    }

    /// Those of these tables by tokens that there are.
    private TokenKernels byTokens(StepPart part, List<String> tables) {
        return new TokenKernels(part, tables.stream()
                .map(models::get)
                .filter(Objects::nonNull)
                .map(model -> TokenKernels.Sized.of(model, tokens -> new int[] {tokens}))
                .toList());
    }

    private TokenKernels reduces() {
        if (isStepwise()) {
            return byTokens(StepPart.ALL_REDUCE, List.of(StepTables.of(StepTables.Part.ALL_REDUCE)));
        }
        KernelModel reduce = models.get("all_reduce");
        if (ranks == 1 || reduce == null) {
            return new TokenKernels(StepPart.ALL_REDUCE, List.of());
        }
        int captured = options.captureSizes().isEmpty() ? 0 : options.captureSizes().getLast();
        return new TokenKernels(StepPart.ALL_REDUCE, List.of(TokenKernels.Sized.of(reduce, tokens -> new int[] {
            (int) Math.min(Integer.MAX_VALUE, (long) tokens * config.hiddenSize()), ranks, tokens <= captured ? 0 : 1})));
    }

    private double elementwiseNanos(int tokens) {
        if (isStepwise()) {
            return step(StepTables.Part.ELEMENTWISE, tokens);
        }
        if (isLayerwise()) {
            double layer = 2 * optional("layernorm", tokens) + optional("rotary_emb", tokens) + optional("act_fn", tokens);
            return layer * config.layers() + optional("embedding", tokens) + optional("final_layernorm", tokens);
        }
        // Two fused residual norms (read and write the stream and the residual), rotary embedding in place, KV write, activation.
        double width = 2.0;
        double norms = 2 * 4.0 * config.hiddenSize() + (config.qkNorm() ? 2.0 * (config.queryWidth() + config.kvWidth()) / ranks : 0);
        double rotary = 2.0 * (config.queryWidth() + config.kvWidth()) / ranks;
        double kvWrite = 4.0 * config.kvWidth() / ranks;
        double activation = 3.0 * config.intermediateSize() / ranks;
        double quantised =
                isQuantised() ? 1.5 * (2.0 * config.hiddenSize() + (double) (config.queryWidth() + config.intermediateSize()) / ranks) : 0;
        double bytes = width * tokens * (norms + rotary + kvWrite + activation + quantised);
        double layer = smallKernels() * SMALL_KERNEL_NANOS + bytes / (bytesPerNano() * ELEMENTWISE_EFFICIENCY);
        return layer * config.layers();
    }

    /// Two norms, rotary embedding, KV write, activation; models that normalise queries and keys do so in two more, and the input of
    /// each 8-bit product is quantised by one of its own.
    private int smallKernels() {
        return 5 + (config.qkNorm() ? 2 : 0) + (isQuantised() ? 4 : 0);
    }

    private boolean isQuantised() {
        return options.matrixType().bytes() == 1;
    }

    private double optional(String name, int size) {
        KernelModel model = models.get(name);
        return model == null ? 0 : model.nanos(options, size);
    }

    /// Memory bandwidth that the matrix products reach when they only read weights.
    private double bytesPerNano() {
        KernelModel gemm = model("gemm");
        Roofline.Rates rates = gemm.rates(new int[] {1, 4096, 4096, options.matrixType().code()});
        return rates.byteRate() / gemm.table().unit().nanos() * options.bandwidthRatio();
    }

    private float[] overRequests() {
        float[] table = new float[MOST_REQUESTS + 1];
        double before = 0;
        for (int n = 1; n <= MOST_REQUESTS; n++) {
            boolean exact = n <= 16 || (n <= 512 && n % 8 == 0) || n % 64 == 0;
            double nanos = exact ? Math.max(before, headNanos(n) + options.logitNanos() * n * config.vocabSize()) : before;
            table[n] = (float) nanos;
            before = nanos;
        }
        return table;
    }

    private double headNanos(int requests) {
        if (isStepwise()) {
            return step(StepTables.Part.HEAD, requests);
        }
        if (isLayerwise()) {
            return optional("lm_head", requests) + optional("sampler", requests);
        }
        int vocabulary = config.vocabSize() / ranks;
        return model("gemm").nanos(options, requests, vocabulary, config.hiddenSize(), MatrixType.BFLOAT16.code())
                + SAMPLER_NANOS + SAMPLE_NANOS * requests;
    }

    private AttentionTimes attentionByWork() {
        return new AttentionTimes.ByWork(byWork(StepTables.Part.CONTEXT_ATTENTION), byWork(StepTables.Part.GENERATION_ATTENTION));
    }

    private Optional<CompiledKernel> byWork(StepTables.Part part) {
        return Optional.ofNullable(models.get(StepTables.of(part)))
                .map(model -> CompiledKernel.of(model, new int[] {62, 2, 1, 1}, List.of(GridAxis.from(0, 1, 2)),
                        (i, j, x, y) -> new int[] {half(i)}, options));
    }

    private AttentionTimes separateAttention() {
        int heads = Math.max(1, config.heads() / ranks);
        int kvHeads = Math.max(1, config.kvHeads() / ranks);
        int dim = config.headDim();
        int kvType = options.kvType().code();
        List<GridAxis> lengthAndBatch = List.of(GridAxis.from(0, 1, 2), GridAxis.from(1, 1, 2));
        int contextType = computedIn(model("context_attention"), kvType);
        int generationType = computedIn(model("generation_attention"), kvType);
        CompiledKernel context = CompiledKernel.of(model("context_attention"), new int[] {37, 17, 1, 1}, lengthAndBatch,
                (i, b, x, y) -> new int[] {half(i), half(b), heads, kvHeads, dim, kvType, 0, contextType}, options);
        CompiledKernel generation = CompiledKernel.of(model("generation_attention"), new int[] {37, 23, 1, 1}, lengthAndBatch,
                (i, b, x, y) -> new int[] {half(i), half(b), heads, kvHeads, dim, kvType, 0, generationType}, options);
        return new AttentionTimes.Separate(context, generation, heads, kvHeads, dim, options.kvType().bytes());
    }

    /// The type that attention computes with: that of the KV cache where the table has it, as FlashAttention 3 and TensorRT-LLM do, else 16
    /// bits.
    private static int computedIn(KernelModel attention, int kvType) {
        return attention.table().has(KV_TYPE, kvType, ATTENTION_TYPE, kvType) ? kvType : MatrixType.BFLOAT16.code();
    }

    /// 2^(i/2), rounded.
    private static int half(int i) {
        return (int) Math.round(Math.pow(2, i / 2.0));
    }

    private AttentionTimes mixedAttention() {
        KernelModel attention = model("attention");
        GridAxis chunk = GridAxis.from(0, 16, 1);
        GridAxis before = GridAxis.fromZero(1, 16, 1);
        GridAxis sequences = GridAxis.from(2, 1, 1);
        GridAxis kv = GridAxis.from(3, 16, 1);
        CompiledKernel context = CompiledKernel.of(attention, new int[] {12, 15, 1, 1}, List.of(chunk, before),
                (c, k, x, y) -> new int[] {16 << c, fromZero(k), 0, 0}, options);
        CompiledKernel generation = CompiledKernel.of(attention, new int[] {11, 14, 1, 1}, List.of(sequences, kv),
                (n, v, x, y) -> new int[] {0, 0, 1 << n, 16 << v}, options);
        CompiledKernel mixed = CompiledKernel.of(attention, new int[] {9, 12, 10, 12}, List.of(chunk, before, sequences, kv),
                (c, k, n, v) -> new int[] {16 << c, fromZero(k), 1 << n, 16 << v}, options);
        return new AttentionTimes.Mixed(context, generation, mixed);
    }

    private static int fromZero(int i) {
        return i == 0 ? 0 : 16 << (i - 1);
    }
}
