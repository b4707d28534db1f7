package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;

/// The quantities of a step that its time depends on.
///
/// @param tokens      scheduled tokens
/// @param pairs       query x key pairs of the context chunks
/// @param kvTokens    KV tokens read for generating sequences
/// @param requests    scheduled requests
/// @param context     whether the step holds context work
record StepWork(double tokens, double pairs, double kvTokens, double requests, boolean context) {

    static StepWork of(StepCounts counts) {
        return new StepWork(
                counts.scheduledTokens(),
                counts.contextAttentionPairs(),
                counts.generationKvTokens(),
                counts.scheduledRequests(),
                counts.contextRequests() > 0);
    }

    /// Adds the quantity of every term to `row`.
    void addTo(double[] row, DenseShape shape) {
        row[StepTerm.FIXED.index()] += 1;
        row[StepTerm.DENSE.index()] += shape.dense(tokens);
        row[StepTerm.DENSE_KNEE.index()] += shape.kneePart(tokens);
        row[StepTerm.CONTEXT_ATTENTION.index()] += pairs;
        row[StepTerm.GENERATION_ATTENTION.index()] += kvTokens;
        row[StepTerm.REQUESTS.index()] += shape.requests(requests);
        row[StepTerm.CONTEXT_STEP.index()] += context ? 1 : 0;
    }
}
