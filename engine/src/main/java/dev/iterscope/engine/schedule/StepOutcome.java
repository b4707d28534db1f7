package dev.iterscope.engine.schedule;

/// What executing a plan yielded: the sampled tokens of each entry, in the plan's order.
public interface StepOutcome {

    /// Tokens that entry `entry` produced: 0 for a chunk that does not end its prompt, else 1, or with draft tokens up to one
    /// more than were drafted.
    int tokenCount(int entry);

    /// The `k`-th token that entry `entry` produced.
    int token(int entry, int k);

    /// Draft tokens proposed for the next step of entry `entry`'s sequence; ignored while it has context work.
    default int draftCount(int entry) {
        return 0;
    }
}
