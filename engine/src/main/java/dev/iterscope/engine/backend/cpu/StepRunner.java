package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.function.IntConsumer;

/// Turns a plan into a batch, runs the decoder, samples, and keeps the token histories. Used by the executing thread alone.
final class StepRunner {
    private final ModelConfig model;
    private final Decoder decoder;
    private final IntConsumer claim;
    private final KernelTimer timer;
    private final Sampler sampler;
    private final StepBatch batch;
    private final int maxTokens;
    private final int maxSeqs;
    private final int blockSize;
    private final int kvBlocks;
    /// A result is read while later steps run, so each slot comes around only after all that may be in flight.
    private final StepResult.SampledTokens[] outcomes = new StepResult.SampledTokens[CpuBackend.MAX_IN_FLIGHT + 1];
    private int nextOutcome;
    private final IdentityHashMap<Request, TokenHistory> histories = new IdentityHashMap<>();

    private StepRunner(BackendConfig config, MemoryPlan plan, Decoder decoder, IntConsumer claim, KernelTimer timer) {
        this.claim = claim;
        model = config.model();
        this.decoder = decoder;
        this.timer = timer;
        sampler = new Sampler(model.vocabSize());
        maxTokens = config.maxNumBatchedTokens();
        maxSeqs = config.maxNumSeqs();
        blockSize = config.blockSize();
        kvBlocks = plan.kvBlocks();
        int maxEntries = Math.min(maxTokens, maxSeqs);
        batch = new StepBatch(maxTokens, maxEntries);
        Arrays.setAll(outcomes, i -> new StepResult.SampledTokens(maxEntries));
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
        return new StepRunner(config, plan, new Decoder(model, weights, kv, activations, pool, kernels, timer),
                blocks -> kv.claim(pool, blocks), timer);
    }

    StepResult.SampledTokens execute(StepPlan plan) {
        timer.beginStep(plan.iteration());
        try {
            fill(plan);
            return sample(plan, decoder.forward(batch));
        } finally {
            timer.endStep();
        }
    }

    private StepResult.SampledTokens sample(StepPlan plan, float[] logits) {
        timer.start();
        StepResult.SampledTokens tokens = outcomes[nextOutcome];
        nextOutcome = (nextOutcome + 1) % outcomes.length;
        int sample = 0;
        for (int e = 0; e < plan.size(); e++) {
            tokens.setNone(e);
            if (plan.samples(e)) {
                Request request = plan.sequence(e).request();
                int position = plan.firstToken(e) + plan.tokenCount(e);
                int token = sampler.choose(logits, sample * decoder.vocabularyStride(), request.sampling(), position);
                tokens.set(e, token);
                history(request).set(position, token);
                sample++;
            }
        }
        timer.sampling(sample, model.vocabSize());
        return tokens;
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
        TokenHistory known = histories.get(request);
        if (known == null) {
            known = new TokenHistory(request, model.vocabSize(), model.maxModelLen());
            histories.put(request, known);
        }
        return known;
    }

    void release(Request request) {
        histories.remove(request);
    }

    /// Has the memory of the blocks below `end` at hand. For use while no step is under way.
    void claim(int end) {
        claim.accept(end);
    }

    /// Runs batches of every register block's width and of mixed kinds until the compiler has had its time. For use before the first
    /// request, while no block is held.
    void warmUp() {
        WarmUp.run(decoder, model, batch, maxTokens, maxSeqs, blockSize, kvBlocks);
    }
}
