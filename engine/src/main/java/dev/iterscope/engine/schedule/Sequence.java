package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.BlockTable;
import dev.iterscope.engine.kvcache.TokenSource;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A request in the scheduler's hands, and how far it has come. Only the scheduler changes it.
public final class Sequence implements TokenSource {

    /// Where a sequence stands.
    public enum State {
        /// Not admitted yet.
        WAITING,
        /// Waiting again after it lost its blocks.
        PREEMPTED,
        /// Admitted: holds blocks, is considered in every step.
        RUNNING,
        /// Ended; holds nothing.
        FINISHED
    }

    private static final int FIRST_OUTPUTS = 256;

    private final Request request;
    private final int number;
    final BlockTable table;
    final int promptTokens;
    /// Tokens at which the request's own limit ends it: prompt and most output.
    final int endTokens;
    /// Tokens at which length ends it: its own limit or the model's.
    final int mostTokens;
    final boolean lengthOnly;
    final boolean hasEncoderInputs;

    State state = State.WAITING;
    @Nullable FinishReason finishReason;
    private int[] outputs = StepPlan.NONE;
    private int outputTokens;
    /// Prompt and output tokens that are known.
    int tokens;
    /// Tokens whose KV is computed or will be by a step in flight.
    int computed;
    /// Output tokens that steps in flight will yield.
    int placeholders;
    /// Draft tokens to verify in the next step.
    int drafts;
    /// Tokens known at the last admission: up to there it is context work.
    int contextEnd;
    /// Most tokens that were computed before a preemption.
    int highWater;
    /// Tokens computed when it was preempted last; 0 while it runs.
    int lost;
    /// Tokens up to which neither a block must be taken nor one can be cached: a copy of what the block table knows, so that a step
    /// of plain decoding does not touch it.
    int plainUntil;
    int[] blockIds = StepPlan.NONE;
    int cachedTokens;
    int preemptions;
    /// Plans in flight that contain it.
    int inFlight;
    /// Outcomes still to come that no longer count.
    int outcomesToDrop;
    int encoderInputsCached;

    @Nullable Sequence queueNext;
    @Nullable Sequence queuePrevious;
    int heapIndex;

    Sequence(Request request, int number, int maxModelLen) {
        this.request = request;
        this.number = number;
        this.table = new BlockTable(request);
        this.promptTokens = request.promptTokens();
        this.endTokens = (int) Math.min(Integer.MAX_VALUE, (long) promptTokens + request.stopRules().maxTokens());
        this.mostTokens = Math.min(endTokens, maxModelLen);
        this.lengthOnly =
                request.stopRules().eosTokenId().isEmpty() && request.stopRules().stopTokenIds().isEmpty();
        this.hasEncoderInputs = !request.encoderInputs().isEmpty();
        this.tokens = promptTokens;
    }

    /// The request as it arrived.
    public Request request() {
        return request;
    }

    /// Order of arrival in this scheduler, from 0: a dense index for observers that keep arrays.
    public int number() {
        return number;
    }

    /// Where it stands.
    public State state() {
        return state;
    }

    /// Why it ended; empty before.
    public Optional<FinishReason> finishReason() {
        return Optional.ofNullable(finishReason);
    }

    /// Prompt and output tokens that are known.
    public int knownTokens() {
        return tokens;
    }

    /// Output tokens that are known.
    public int outputTokens() {
        return outputTokens;
    }

    /// Output token `i`, 0 ≤ i < [#outputTokens()].
    public int outputToken(int i) {
        if (i < 0 || i >= outputTokens) {
            throw new IndexOutOfBoundsException("output token " + i + " of " + outputTokens);
        }
        return outputs[i];
    }

    /// The known token at `position`, of the prompt or of the output.
    @Override
    public int tokenAt(int position) {
        return position < promptTokens ? request.prompt().tokenAt(position) : outputToken(position - promptTokens);
    }

    /// A stretch of the prompt may be told by what identifies it; one of the output is read where it lies.
    @Override
    public void content(int start, int end, LongConsumer words) {
        if (start >= promptTokens && ((end - start) & 1) == 0 && end - promptTokens <= outputTokens) {
            int[] known = outputs;
            for (int i = start - promptTokens; i < end - promptTokens; i += 2) {
                words.accept(known[i] | (long) known[i + 1] << 32);
            }
        } else if (end > promptTokens || !request.prompt().identify(start, end, words)) {
            TokenSource.super.content(start, end, words);
        }
    }

    /// Tokens whose KV is computed, or will be when the steps in flight are done.
    public int computedTokens() {
        return computed;
    }

    /// Output tokens that steps in flight will yield.
    public int pendingTokens() {
        return placeholders;
    }

    /// Prompt tokens found in the prefix cache at the first admission; 0 before.
    public int cachedTokens() {
        return cachedTokens;
    }

    /// Times it lost its blocks.
    public int preemptions() {
        return preemptions;
    }

    /// Blocks that it holds.
    public int blocks() {
        return table.size();
    }

    /// Plans in flight that contain it.
    public int plansInFlight() {
        return inFlight;
    }

    boolean isWaiting() {
        return state == State.WAITING || state == State.PREEMPTED;
    }

    boolean hasContextWork() {
        return computed < contextEnd;
    }

    void append(int token) {
        if (outputTokens == outputs.length) {
            int most = request.stopRules().maxTokens();
            int capacity = outputTokens == 0 ? Math.min(most, FIRST_OUTPUTS) : (int) Math.min(most, 2L * outputTokens);
            outputs = Arrays.copyOf(outputs, capacity);
        }
        outputs[outputTokens++] = token;
        tokens++;
    }

    @Override
    public String toString() {
        return "Sequence[" + request.id() + ", " + state + ", " + computed + " of " + tokens + "]";
    }
}
