package dev.iterscope.projection.model;

import java.util.Locale;

/// The physical terms of a step's time at iteration level. A step's time is the sum of coefficient x quantity over these terms;
/// coefficients are nanoseconds per unit and never negative.
///
/// Dense layers read their weights once per step whatever the batch is, so their cost is flat until the arithmetic outweighs the
/// reading and linear from there on: [#FIXED] holds the flat part, [#DENSE] the slope, [#DENSE_KNEE] a second slope beyond (or
/// before) a knee where the data show one.
public enum StepTerm {
    /// Once per step: reading the weights, launches, what the host cannot hide.
    FIXED(0, "step"),
    /// Per scheduled token: arithmetic of the dense layers.
    DENSE(1, "token"),
    /// Per scheduled token beyond (or up to) the knee, where the data show a change of slope.
    DENSE_KNEE(2, "token"),
    /// Per query x key pair of the context chunks.
    CONTEXT_ATTENTION(3, "pair"),
    /// Per token of the KV cache that generating sequences read.
    GENERATION_ATTENTION(4, "KV token"),
    /// Per scheduled request: output head and sampling.
    REQUESTS(5, "request"),
    /// Once per step that holds context work: what leaving the captured graphs costs.
    CONTEXT_STEP(6, "step with context");

    /// Number of terms.
    static final int COUNT = values().length;

    private final int index;
    private final String per;

    StepTerm(int index, String per) {
        this.index = index;
        this.per = per;
    }

    /// Column of this term in rows of quantities and coefficients.
    int index() {
        return index;
    }

    /// The word used in JSON: lower case with underscores.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What one unit of the quantity is.
    public String per() {
        return per;
    }
}
