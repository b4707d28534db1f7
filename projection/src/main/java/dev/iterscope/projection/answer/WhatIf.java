package dev.iterscope.projection.answer;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.model.StepTerm;
import dev.iterscope.projection.model.kernel.StepPart;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// A fitted model of whole steps with some of its physical terms made faster: what a better attention kernel would buy. A term that the data
/// do not tell apart has another share in every draw, and so the interval of what its kernel buys is wide.
public final class WhatIf {
    private WhatIf() {}

    /// The sources with a faster model in place of the fitted one, beside that one; unchanged where none can be fitted.
    ///
    /// @throws UserInputException when the recording cannot tell a part apart
    public static Sources faster(Sources sources, Map<StepPart, Double> factors) {
        if (!(sources.fit() instanceof IterationFit.Fitted(IterationStepModel model))) {
            return sources;
        }
        Map<StepTerm, Double> kept = new EnumMap<>(StepTerm.class);
        factors.forEach((part, factor) -> terms(part).forEach(term -> kept.put(term, 1 / factor)));
        return sources.with(model.scaled(kept)).against(model);
    }

    private static List<StepTerm> terms(StepPart part) {
        return switch (part) {
            case GEMM -> List.of(StepTerm.DENSE, StepTerm.DENSE_KNEE);
            case CONTEXT_ATTENTION -> List.of(StepTerm.CONTEXT_ATTENTION);
            case GENERATION_ATTENTION -> List.of(StepTerm.GENERATION_ATTENTION);
            case ELEMENTWISE, ALL_REDUCE, HEAD, HOST -> throw UserInputException.usage("--kernel-speedup " + part.label()
                    + ": a recording without kernels does not tell this part apart; give --kernel-profile or --kernel-model");
        };
    }
}
