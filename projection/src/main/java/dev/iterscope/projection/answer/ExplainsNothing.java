package dev.iterscope.projection.answer;

import dev.iterscope.projection.model.ModelSummary;
import java.util.Locale;
import java.util.OptionalDouble;

/// Whether a fitted model is no better than the mean step: the recorded times then depend on something that the counts of the steps do not
/// show, and no setting can be chosen by them. Steps that are all alike have a low R2 too, but a low error.
final class ExplainsNothing {
    private static final double LEAST_R2 = 0.3;
    private static final double MOST_ERROR_PERCENT = 15;

    private ExplainsNothing() {}

    static boolean of(ModelSummary model) {
        OptionalDouble r2 = model.fit().r2();
        return r2.isPresent() && r2.getAsDouble() < LEAST_R2 && error(model).orElse(0) > MOST_ERROR_PERCENT;
    }

    private static OptionalDouble error(ModelSummary model) {
        return model.fit().heldOutMapePercent().isPresent() ? model.fit().heldOutMapePercent() : model.fit().mapePercent();
    }

    static Refusal refusal(ModelSummary model) {
        String reason = String.format(
                Locale.ROOT,
                "the step model explains next to nothing of the recorded times (R2 %.2f, error %.0f %%): they depend on something that the"
                        + " steps' counts do not show",
                model.fit().r2().orElse(0),
                error(model).orElse(0));
        return new Refusal(reason, "record again on an undisturbed machine");
    }
}
