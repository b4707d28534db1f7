package dev.iterscope.projection.model.kernel;

import java.util.Optional;

/// Attention of one layer for a batch, from its totals. No allocation.
sealed interface AttentionTimes {

    /// Nanoseconds of the context chunks: of the whole batch where the profile measures mixed batches.
    double contextNanos(double requests, double tokens, double pairs, double generation, double generationKv);

    /// Nanoseconds of the generating sequences.
    double generationNanos(double tokens, double generation, double generationKv);

    /// From separate tables of context and generation attention (AIConfigurator). Several chunks count as a batch of equal prompts
    /// with as many query x key pairs.
    ///
    /// @param context    grid over prompt length and batch
    /// @param generation grid over KV length and batch
    /// @param heads      query heads of a rank
    /// @param kvHeads    KV heads of a rank
    /// @param headDim    width of a head
    /// @param kvBytes    bytes of a KV element
    record Separate(CompiledKernel context, CompiledKernel generation, int heads, int kvHeads, int headDim, double kvBytes)
            implements
            AttentionTimes {

        @Override
        public double contextNanos(double requests, double tokens, double pairs, double generating, double generatingKv) {
            if (requests == 0) {
                return 0;
            }
            double length = Math.sqrt(2 * pairs / requests);
            double flops = 4.0 * heads * headDim * pairs;
            double bytes = 4.0 * requests * length * headDim * (heads + kvHeads);
            return context.nanos(flops, bytes, context.position(length), context.position(requests), 0, 0);
        }

        @Override
        public double generationNanos(double tokens, double sequences, double kvTokens) {
            if (sequences == 0) {
                return 0;
            }
            double flops = 4.0 * heads * headDim * kvTokens;
            double bytes = 2.0 * kvBytes * kvTokens * kvHeads * headDim + 4.0 * sequences * heads * headDim;
            return generation.nanos(flops, bytes, generation.position(kvTokens / sequences), generation.position(sequences), 0, 0);
        }
    }

    /// From a table of mixed batches (LLMServingSim). Several chunks count as one chunk with as many pairs: c chunks of x tokens
    /// after k are one of x√c after k√c.
    ///
    /// @param context    grid over chunk and KV before it, nothing generating
    /// @param generation grid over generating sequences and their KV length, no context
    /// @param mixed      grid over all four
    record Mixed(CompiledKernel context, CompiledKernel generation, CompiledKernel mixed) implements AttentionTimes {
        static final double FIRST = 16;

        @Override
        public double contextNanos(double requests, double tokens, double pairs, double generating, double generatingKv) {
            if (requests == 0) {
                return 0;
            }
            double each = tokens / requests;
            double before = Math.max(0, pairs / tokens - (each + 1) / 2);
            double chunk = each * Math.sqrt(requests);
            double contextKv = before * Math.sqrt(requests);
            double bytes = contextKv + chunk;
            if (generating == 0) {
                return context.nanos(pairs, bytes, context.positionFromZero(chunk, FIRST) - 1, context.positionFromZero(contextKv, FIRST),
                        0, 0);
            }
            return mixed.nanos(
                    pairs,
                    generatingKv + bytes,
                    mixed.positionFromZero(chunk, FIRST) - 1,
                    mixed.positionFromZero(contextKv, FIRST),
                    mixed.position(generating),
                    mixed.positionFromZero(generatingKv / generating, FIRST) - 1);
        }

        @Override
        public double generationNanos(double tokens, double sequences, double kvTokens) {
            if (sequences == 0 || tokens > 0) {
                return 0;
            }
            return generation.nanos(
                    0, kvTokens, generation.position(sequences), generation.positionFromZero(kvTokens / sequences, FIRST) - 1, 0, 0);
        }
    }

    /// From sums over recorded steps: by query x key pairs and by KV tokens read. How they are spread over sequences is not looked at.
    ///
    /// @param context    grid over pairs; empty where the recording shows no context attention
    /// @param generation grid over KV tokens; empty where it shows no generation attention
    record ByWork(Optional<CompiledKernel> context, Optional<CompiledKernel> generation) implements AttentionTimes {

        @Override
        public double contextNanos(double requests, double tokens, double pairs, double generating, double generatingKv) {
            return context.isEmpty() || pairs < 1 ? 0 : context.get().nanos(pairs, 0, context.get().position(pairs), 0, 0, 0);
        }

        @Override
        public double generationNanos(double tokens, double sequences, double kvTokens) {
            return generation.isEmpty() || kvTokens < 1
                    ? 0
                    : generation.get().nanos(kvTokens, 0, generation.get().position(kvTokens), 0, 0, 0);
        }
    }
}
