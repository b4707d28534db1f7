package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.IdentityHashMap;

/// Turns plans into uploads, and keeps the token histories that this needs.
final class StepPreparation {
    private final ModelShape shape;
    private final StepUpload upload;
    private final IdentityHashMap<Request, TokenHistory> histories = new IdentityHashMap<>();

    StepPreparation(ModelShape shape) {
        this.shape = shape;
        this.upload = new StepUpload(shape, Workspace.parts(shape));
    }

    /// The step prepared last.
    StepUpload upload() {
        return upload;
    }

    /// Fills the upload.
    ///
    /// @param slot ring slot of the step, 0 ≤ slot < [Workspace#RING]
    /// @return for each entry the history that its token goes to
    TokenHistory[] prepare(StepPlan plan, int slot) {
        TokenHistory[] entries = new TokenHistory[plan.size()];
        int firstTarget = slot * Workspace.samples(shape);
        upload.begin();
        for (int e = 0; e < plan.size(); e++) {
            Request request = plan.sequence(e).request();
            TokenHistory history = histories.computeIfAbsent(request, r -> new TokenHistory(r, shape.model().vocabSize()));
            entries[e] = history;
            int end = plan.firstToken(e) + plan.tokenCount(e);
            upload.beginEntry(plan.firstToken(e), plan.tokenCount(e), plan.blockIds(e));
            for (int position = plan.firstToken(e); position < end; position++) {
                upload.token(history.tokenAt(position), position);
            }
            if (plan.samples(e)) {
                int target = firstTarget + upload.samples();
                SamplingParams sampling = request.sampling();
                float inverse = sampling.isGreedy() ? 0 : 1 / sampling.temperature();
                upload.sample(target, inverse, sampling.topP(), sampling.topK(), history.randomAt(end));
                history.expect(slot, end, target);
            }
        }
        return entries;
    }

    /// Drops a sequence's tokens.
    void release(Request request) {
        histories.remove(request);
    }

    /// A step of made-up tokens in the null block: for warming up.
    ///
    /// @param entries sequences
    /// @param rows    tokens of each
    void prepareDummy(int entries, int rows) {
        int[] nullBlocks = new int[Math.ceilDiv(rows, shape.blockSize())];
        upload.begin();
        for (int e = 0; e < entries; e++) {
            upload.beginEntry(0, rows, nullBlocks);
            for (int position = 0; position < rows; position++) {
                upload.token(position % shape.model().vocabSize(), position);
            }
            upload.sample(e, 0, 1, 0, 0);
        }
    }
}
