package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What the data behind a model lack for the steps of one predicted point, and the measurement that would supply it.
public sealed interface MissingData {

    /// What is missing, in words.
    String reason();

    /// The measurement in words, without the setting to run with.
    String measurement();

    /// Steps of a running engine are missing.
    ///
    /// @param reason what is missing
    /// @param steps  how many steps from the start of the run suffice
    /// @param batch  a typical one of the batches that the data do not determine; they occur among those steps
    record Steps(String reason, int steps, Batch batch) implements MissingData {
        @Override
        public String measurement() {
            return String.format(Locale.ROOT, "record the first %,d steps, for batches like %s", steps, batch.words());
        }
    }

    /// Measurements of single kernels are missing.
    ///
    /// @param reason      what is missing
    /// @param measurement what to measure
    /// @param rows        the same as sizes, table by table, the most important first
    record Kernels(String reason, String measurement, List<Rows> rows) implements MissingData {
        /// Keeps an unmodifiable copy.
        public Kernels {
            rows = List.copyOf(rows);
        }

        /// Sizes that a table lacks: every combination of these.
        ///
        /// @param table the kernel's table
        /// @param sizes for each of the sizes that differ from step to step its values, ascending
        public record Rows(String table, Map<String, List<Integer>> sizes) {
            /// Keeps an unmodifiable copy.
            public Rows {
                sizes = Collections.unmodifiableMap(new LinkedHashMap<>(sizes));
            }
        }
    }

    /// What a step holds.
    ///
    /// @param contextRequests    requests with context work
    /// @param contextTokens      their tokens in this step
    /// @param generationRequests generating requests
    /// @param kvTokensEach       KV tokens that each of them reads, on average
    record Batch(int contextRequests, int contextTokens, int generationRequests, long kvTokensEach) {
        static Batch of(StepCounts counts) {
            int generating = counts.generationRequests();
            return new Batch(counts.contextRequests(), counts.contextTokens(), generating,
                    generating == 0 ? 0 : Math.round((double) counts.generationKvTokens() / generating));
        }

        /// The batch in words.
        public String words() {
            String context = String.format(Locale.ROOT, "%,d context tokens of %s", contextTokens, count(contextRequests, "request"));
            String generation = String.format(Locale.ROOT, "%s with about %,d KV tokens each",
                    count(generationRequests, "generating request"), kvTokensEach);
            if (generationRequests == 0) {
                return context;
            }
            return contextRequests == 0 ? generation : context + " and " + generation;
        }

        private static String count(int count, String what) {
            return String.format(Locale.ROOT, "%,d %s%s", count, what, count == 1 ? "" : "s");
        }
    }
}
