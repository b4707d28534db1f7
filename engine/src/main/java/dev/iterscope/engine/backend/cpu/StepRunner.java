package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.Arrays;
import java.util.IdentityHashMap;

/// Turns a plan into a batch, runs the decoder, samples, and keeps the token histories. Used by the executing thread alone.
final class StepRunner {
    private final ModelConfig model;
    private final Decoder decoder;
    private final KernelTimer timer;
    private final Sampler sampler;
    private final StepBatch batch;
    private final int maxTokens;
    private final int maxSeqs;
    private final int blockSize;
    private final IdentityHashMap<Request, TokenHistory> histories = new IdentityHashMap<>();

    private StepRunner(BackendConfig config, Decoder decoder, KernelTimer timer) {
        model = config.model();
        this.decoder = decoder;
        this.timer = timer;
        sampler = new Sampler(model.vocabSize());
        maxTokens = config.maxNumBatchedTokens();
        maxSeqs = config.maxNumSeqs();
        blockSize = config.blockSize();
        batch = new StepBatch(maxTokens, Math.min(maxTokens, maxSeqs));
    }

    static StepRunner create(
            BackendConfig config,
            MemoryPlan plan,
            NativeMemory memory,
            WorkerPool pool,
            Kernels kernels,
            ExecutionObserver observer) {
        ModelConfig model = config.model();
        Activations activations = new Activations(
                model, config.maxNumBatchedTokens(), config.maxNumSeqs(), model.maxModelLen(), config.threads());
        DecoderWeights weights;
        try (TensorSource source = TensorSource.open(config.weights(), config.seed())) {
            weights = DecoderWeights.load(model, source, memory, pool, observer::loaded);
        }
        KvStore kv = new KvStore(memory, model, config.kvType(), config.blockSize(), plan.kvBlocks());
        KernelTimer timer = new KernelTimer(observer);
        return new StepRunner(config, new Decoder(model, weights, kv, activations, pool, kernels, timer), timer);
    }

    StepOutcome execute(StepPlan plan) {
        timer.beginStep(plan.iteration());
        try {
            fill(plan);
            return sample(plan, decoder.forward(batch));
        } finally {
            timer.endStep();
        }
    }

    private StepOutcome sample(StepPlan plan, float[] logits) {
        timer.start();
        int[] tokens = new int[plan.size()];
        int sample = 0;
        for (int e = 0; e < plan.size(); e++) {
            tokens[e] = SampledTokens.NONE;
            if (plan.samples(e)) {
                Request request = plan.sequence(e).request();
                int position = plan.firstToken(e) + plan.tokenCount(e);
                tokens[e] = sampler.choose(logits, sample * decoder.vocabularyStride(), request.sampling(), position);
                history(request).set(position, tokens[e]);
                sample++;
            }
        }
        timer.sampling(sample, model.vocabSize());
        return new SampledTokens(tokens);
    }

    private void fill(StepPlan plan) {
        batch.clear();
        for (int e = 0; e < plan.size(); e++) {
            TokenHistory history = history(plan.sequence(e).request());
            batch.beginEntry(plan.blockIds(e), plan.isContext(e), plan.samples(e));
            int end = plan.firstToken(e) + plan.tokenCount(e);
            for (int position = plan.firstToken(e); position < end; position++) {
                batch.add(history.tokenAt(position), position);
            }
        }
    }

    private TokenHistory history(Request request) {
        return histories.computeIfAbsent(request, r -> new TokenHistory(r, model.vocabSize()));
    }

    void release(Request request) {
        histories.remove(request);
    }

    /// Runs batches of every register block's width and of mixed kinds until the compiler has had its time. Only the null block is
    /// written.
    void warmUp() {
        WarmUp.run(decoder, batch, maxTokens, maxSeqs, blockSize, model.maxModelLen());
    }

    /// One token for each entry that samples.
    private record SampledTokens(@SuppressWarnings("ArrayRecordComponent") int[] tokens) implements StepOutcome {
        /// Stands for an entry that yields nothing; a token id is never negative.
        private static final int NONE = -1;

        @Override
        public int tokenCount(int entry) {
            return tokens[entry] == NONE ? 0 : 1;
        }

        @Override
        public int token(int entry, int k) {
            return tokens[entry];
        }

        @Override
        public String toString() {
            return Arrays.toString(tokens);
        }
    }
}
