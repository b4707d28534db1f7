package dev.iterscope.projection.search;

import dev.iterscope.engine.request.UserInputException;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/// How many tokens the KV cache holds at a token budget. A larger budget needs larger activation buffers, and they come out of the
/// same memory: on 8 H200 with Kimi-K2.5, 458,128 tokens at MBNT 8000 became 131,664 at 65536.
public sealed interface KvCapacity {

    /// Usable tokens at this budget; empty when not known.
    OptionalLong tokensAt(int maxNumBatchedTokens);

    /// How it is known, in one sentence.
    String basis();

    /// Nothing is known.
    record Unknown() implements KvCapacity {
        @Override
        public OptionalLong tokensAt(int maxNumBatchedTokens) {
            return OptionalLong.empty();
        }

        @Override
        public String basis() {
            return "the KV capacity is not known: no limit was simulated";
        }
    }

    /// The same at every budget.
    ///
    /// @param tokens usable tokens
    /// @param basis  how it is known
    record Constant(long tokens, String basis) implements KvCapacity {
        @Override
        public OptionalLong tokensAt(int maxNumBatchedTokens) {
            return OptionalLong.of(tokens);
        }
    }

    /// Falls linearly with the budget.
    ///
    /// @param atBudget       a budget
    /// @param tokens         usable tokens there
    /// @param tokensPerToken KV tokens that each further token of budget costs, at least 0
    /// @param basis          how it is known
    record Linear(int atBudget, long tokens, double tokensPerToken, String basis) implements KvCapacity {
        @Override
        public OptionalLong tokensAt(int maxNumBatchedTokens) {
            return OptionalLong.of(Math.max(0, Math.round(tokens - tokensPerToken * (maxNumBatchedTokens - (double) atBudget))));
        }
    }

    /// Known at each swept budget.
    ///
    /// @param tokens usable tokens by budget
    /// @param basis  how it is known
    record ByBudget(Map<Integer, Long> tokens, String basis) implements KvCapacity {
        /// Keeps an unmodifiable copy.
        public ByBudget {
            tokens = Map.copyOf(tokens);
        }

        @Override
        public OptionalLong tokensAt(int maxNumBatchedTokens) {
            Long known = tokens.get(maxNumBatchedTokens);
            return known == null ? OptionalLong.empty() : OptionalLong.of(known);
        }
    }

    /// From what was recorded at two budgets.
    static KvCapacity ofTwo(int budgetA, long tokensA, int budgetB, long tokensB) {
        double slope = Math.max(0, (double) (tokensA - tokensB) / (budgetB - budgetA));
        return new Linear(
                budgetA,
                tokensA,
                slope,
                String.format(Locale.ROOT, "KV capacity from two recordings: %.2f KV tokens per token of budget", slope));
    }

    /// From one recording and the model's dimensions.
    ///
    /// @param activationBytesPerToken bytes of activations that a token of budget needs
    /// @param kvBytesPerToken         bytes of keys and values of a token
    static KvCapacity ofMemory(int budget, long tokens, double activationBytesPerToken, double kvBytesPerToken) {
        if (!(kvBytesPerToken > 0) || !(activationBytesPerToken >= 0)) {
            throw UserInputException.usage("bytes per token must be positive");
        }
        double slope = activationBytesPerToken / kvBytesPerToken;
        return new Linear(
                budget,
                tokens,
                slope,
                String.format(
                        Locale.ROOT,
                        "KV capacity by memory arithmetic from the recorded one: %.2f KV tokens per token of budget",
                        slope));
    }
}
