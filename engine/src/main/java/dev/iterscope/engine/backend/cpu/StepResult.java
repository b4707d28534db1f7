package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.schedule.StepOutcome;

/// What became of a step.
sealed interface StepResult {

    /// The step could not be executed.
    ///
    /// @param cause why
    record Failed(Throwable cause) implements StepResult {}

    /// One token for each entry that samples. Reused: valid until as many further steps have been executed as may be in flight.
    final class SampledTokens implements StepResult, StepOutcome {
        /// Stands for an entry that yields nothing; a token id is never negative.
        private static final int NONE = -1;

        private final int[] tokens;

        SampledTokens(int maxEntries) {
            tokens = new int[maxEntries];
        }

        void set(int entry, int token) {
            tokens[entry] = token;
        }

        void setNone(int entry) {
            tokens[entry] = NONE;
        }

        @Override
        public int tokenCount(int entry) {
            return tokens[entry] == NONE ? 0 : 1;
        }

        @Override
        public int token(int entry, int k) {
            return tokens[entry];
        }
    }
}
