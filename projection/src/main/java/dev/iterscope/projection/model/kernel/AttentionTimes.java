package dev.iterscope.projection.model.kernel;

import java.util.Optional;

/// Attention of one layer for a batch, from its totals. Times are made without allocation.
///
/// `departs` says how many standard deviations a time beyond the measured sizes departs from the prediction; 0 for the prediction.
sealed interface AttentionTimes {

    /// Nanoseconds of the context chunks: of the whole batch where the profile measures mixed batches.
    double contextNanos(double departs, double requests, double tokens, double pairs, double generation, double generationKv);

    /// Nanoseconds of the generating sequences.
    double generationNanos(double departs, double tokens, double generation, double generationKv);

    /// Where the sizes behind [#contextNanos] lie among the measured ones; empty where there is no such work.
    Optional<TableReach> contextReach(double requests, double tokens, double pairs, double generation, double generationKv);

    /// Where the sizes behind [#generationNanos] lie among the measured ones; empty where there is no such work.
    Optional<TableReach> generationReach(double tokens, double generation, double generationKv);

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

        private static double length(double requests, double pairs) {
            return Math.sqrt(2 * pairs / requests);
        }

        @Override
        public double contextNanos(double departs, double requests, double tokens, double pairs, double generating, double generatingKv) {
            if (requests == 0) {
                return 0;
            }
            double length = length(requests, pairs);
            double flops = 4.0 * heads * headDim * pairs;
            double bytes = 4.0 * requests * length * headDim * (heads + kvHeads);
            return context.nanos(departs, flops, bytes, length, requests, 0, 0);
        }

        @Override
        public double generationNanos(double departs, double tokens, double sequences, double kvTokens) {
            if (sequences == 0) {
                return 0;
            }
            double flops = 4.0 * heads * headDim * kvTokens;
            double bytes = 2.0 * kvBytes * kvTokens * kvHeads * headDim + 4.0 * sequences * heads * headDim;
            return generation.nanos(departs, flops, bytes, kvTokens / sequences, sequences, 0, 0);
        }

        @Override
        public Optional<TableReach> contextReach(double requests, double tokens, double pairs, double generating, double generatingKv) {
            return requests == 0
                    ? Optional.empty()
                    : Optional.of(context.reach(StepPart.CONTEXT_ATTENTION, length(requests, pairs), requests));
        }

        @Override
        public Optional<TableReach> generationReach(double tokens, double sequences, double kvTokens) {
            return sequences == 0
                    ? Optional.empty()
                    : Optional.of(generation.reach(StepPart.GENERATION_ATTENTION, kvTokens / sequences, sequences));
        }
    }

    /// From a table of mixed batches (LLMServingSim). Several chunks count as one chunk with as many pairs: c chunks of x tokens
    /// after k are one of x√c after k√c.
    ///
    /// @param context    grid over chunk and KV before it, nothing generating
    /// @param generation grid over generating sequences and their KV length, no context
    /// @param mixed      grid over all four
    record Mixed(CompiledKernel context, CompiledKernel generation, CompiledKernel mixed) implements AttentionTimes {
        private static double chunk(double requests, double tokens) {
            return tokens / Math.sqrt(requests);
        }

        private static double contextKv(double requests, double tokens, double pairs) {
            return Math.max(0, pairs / tokens - (tokens / requests + 1) / 2) * Math.sqrt(requests);
        }

        @Override
        public double contextNanos(double departs, double requests, double tokens, double pairs, double generating, double generatingKv) {
            if (requests == 0) {
                return 0;
            }
            double chunk = chunk(requests, tokens);
            double contextKv = contextKv(requests, tokens, pairs);
            double bytes = contextKv + chunk;
            return generating == 0
                    ? context.nanos(departs, pairs, bytes, chunk, contextKv, 0, 0)
                    : mixed.nanos(departs, pairs, generatingKv + bytes, chunk, contextKv, generating, generatingKv / generating);
        }

        @Override
        public double generationNanos(double departs, double tokens, double sequences, double kvTokens) {
            return sequences == 0 || tokens > 0 ? 0 : generation.nanos(departs, 0, kvTokens, sequences, kvTokens / sequences, 0, 0);
        }

        @Override
        public Optional<TableReach> contextReach(double requests, double tokens, double pairs, double generating, double generatingKv) {
            if (requests == 0) {
                return Optional.empty();
            }
            double chunk = chunk(requests, tokens);
            double contextKv = contextKv(requests, tokens, pairs);
            return Optional.of(generating == 0
                    ? context.reach(StepPart.CONTEXT_ATTENTION, chunk, contextKv)
                    : mixed.reach(StepPart.CONTEXT_ATTENTION, chunk, contextKv, generating, generatingKv / generating));
        }

        @Override
        public Optional<TableReach> generationReach(double tokens, double sequences, double kvTokens) {
            return sequences == 0 || tokens > 0
                    ? Optional.empty()
                    : Optional.of(generation.reach(StepPart.GENERATION_ATTENTION, sequences, kvTokens / sequences));
        }
    }

    /// From sums over recorded steps: by query x key pairs and by KV tokens read. How they are spread over sequences is not looked at.
    ///
    /// @param context    grid over pairs; empty where the recording shows no context attention
    /// @param generation grid over KV tokens; empty where it shows no generation attention
    record ByWork(Optional<CompiledKernel> context, Optional<CompiledKernel> generation) implements AttentionTimes {

        @Override
        public double contextNanos(double departs, double requests, double tokens, double pairs, double generating, double generatingKv) {
            return context.isEmpty() || pairs < 1 ? 0 : context.get().nanos(departs, pairs, 0, pairs, 0, 0, 0);
        }

        @Override
        public double generationNanos(double departs, double tokens, double sequences, double kvTokens) {
            return generation.isEmpty() || kvTokens < 1 ? 0 : generation.get().nanos(departs, 0, kvTokens, kvTokens, 0, 0, 0);
        }

        @Override
        public Optional<TableReach> contextReach(double requests, double tokens, double pairs, double generating, double generatingKv) {
            return pairs < 1
                    ? Optional.empty()
                    : Optional.of(reach(context, StepPart.CONTEXT_ATTENTION, StepTables.of(StepTables.Part.CONTEXT_ATTENTION), pairs));
        }

        @Override
        public Optional<TableReach> generationReach(double tokens, double sequences, double kvTokens) {
            return kvTokens < 1
                    ? Optional.empty()
                    : Optional.of(reach(generation, StepPart.GENERATION_ATTENTION, StepTables.of(StepTables.Part.GENERATION_ATTENTION),
                            kvTokens));
        }

        private static TableReach reach(Optional<CompiledKernel> kernel, StepPart part, String table, double work) {
            return kernel.map(measured -> measured.reach(part, work))
                    .orElseGet(() -> TableReach.absent(part, table, part == StepPart.CONTEXT_ATTENTION ? "pairs" : "kv_tokens", work));
        }
    }
}
