package dev.iterscope.engine.schedule;

import dev.iterscope.engine.request.EncoderInput;
import java.util.Arrays;
import java.util.List;

/// Decides which encoder inputs a chunk needs computed, and shortens the chunk where the encoder budget or the encoder cache does not
/// suffice: as vLLM's `_try_schedule_encoder_inputs`.
///
/// Chosen inputs are remembered until [#commit] or the next [#fit].
final class EncoderPlanner {
    private final EncoderCache cache;
    private final int budget;
    private final boolean chunkedInputs;
    private int left;
    private int[] chosen = new int[4];
    private int chosenCount;

    EncoderPlanner(SchedulerConfig config) {
        this.cache = new EncoderCache(config.encoderBudgetTokens());
        this.budget = config.encoderBudgetTokens();
        this.chunkedInputs = config.chunkedEncoderInputs();
        this.left = budget;
    }

    /// A new step with its full budget.
    void startStep() {
        left = budget;
    }

    /// How many of the `wanted` tokens from `computed` on can be computed in this step.
    int fit(Sequence sequence, int computed, int wanted) {
        if (!sequence.hasEncoderInputs) {
            return wanted;
        }
        chosenCount = 0;
        int planned = 0;
        List<EncoderInput> inputs = sequence.request().encoderInputs();
        for (int i = 0; i < inputs.size(); i++) {
            EncoderInput input = inputs.get(i);
            int start = input.position();
            int end = start + input.tokens();
            if (start >= computed + wanted) {
                break;
            }
            if (end <= computed || isChosen(inputs, input) || cache.use(sequence, input)) {
                continue;
            }
            if (!chunkedInputs && computed < start && computed + wanted < end) {
                return start - computed;
            }
            if (input.tokens() > left - planned || !cache.makeRoom(input.tokens(), planned)) {
                return Math.max(0, start - computed);
            }
            planned += input.tokens();
            choose(i);
        }
        return wanted;
    }

    /// Takes the inputs chosen by the last [#fit] into the step.
    ///
    /// @return their indices
    int[] commit(Sequence sequence) {
        if (chosenCount == 0) {
            return StepPlan.NONE;
        }
        List<EncoderInput> inputs = sequence.request().encoderInputs();
        for (int k = 0; k < chosenCount; k++) {
            EncoderInput input = inputs.get(chosen[k]);
            cache.add(sequence, input);
            left -= input.tokens();
        }
        return Arrays.copyOf(chosen, chosenCount);
    }

    /// Takes back the inputs of an entry that was taken out of the plan: they will not be computed for it. Another entry that relied on
    /// one of them computes it instead; otherwise it is forgotten, so that nobody finds what was never computed.
    void undo(Sequence sequence, int[] inputs, PlanBuilder plan) {
        for (int i : inputs) {
            EncoderInput input = sequence.request().encoderInputs().get(i);
            int heir = heir(plan, sequence, input);
            if (heir >= 0) {
                plan.addEncoderInput(heir, indexOf(plan.sequence(heir), input));
            } else {
                left += input.tokens();
                cache.forget(input);
            }
        }
    }

    private int heir(PlanBuilder plan, Sequence victim, EncoderInput input) {
        for (int entry = 0; entry < plan.size(); entry++) {
            if (plan.sequence(entry) != victim && cache.isUsedBy(plan.sequence(entry), input)) {
                return entry;
            }
        }
        return -1;
    }

    private static int indexOf(Sequence sequence, EncoderInput input) {
        List<EncoderInput> inputs = sequence.request().encoderInputs();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).contentHash().equals(input.contentHash())) {
                return i;
            }
        }
        throw new IllegalStateException(sequence + " has no encoder input " + input.contentHash());
    }

    /// The sequence has computed its tokens up to `computed`.
    void passed(Sequence sequence, int computed) {
        cache.releasePassed(sequence, computed);
    }

    /// The sequence gives up everything.
    void release(Sequence sequence) {
        cache.releasePassed(sequence, Integer.MAX_VALUE);
    }

    private boolean isChosen(List<EncoderInput> inputs, EncoderInput input) {
        for (int k = 0; k < chosenCount; k++) {
            if (inputs.get(chosen[k]).contentHash().equals(input.contentHash())) {
                return true;
            }
        }
        return false;
    }

    private void choose(int index) {
        if (chosenCount == chosen.length) {
            chosen = Arrays.copyOf(chosen, 2 * chosenCount);
        }
        chosen[chosenCount++] = index;
    }
}
