package dev.iterscope.engine.backend;

import dev.iterscope.engine.schedule.StepOutcome;

/// An outcome that also knows how its kernels were launched: of backends that can launch a step as one captured graph.
public interface LaunchedOutcome extends StepOutcome {

    /// `FULL` when the step was one graph, `NONE` when its kernels were launched one by one.
    String graphMode();

    /// Tokens that the kernels ran over, padding to a captured size included.
    int paddedTokens();
}
