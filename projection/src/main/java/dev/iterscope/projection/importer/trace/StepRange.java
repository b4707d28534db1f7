package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.trace.StepLabels.Form;
import dev.iterscope.projection.importer.trace.StepRanges.Place;

/// A range that names a step, in one process.
final class StepRange {

    final Place place;
    final long start;
    final long end;
    private final IterationDraft draft;
    private Form form;

    StepRange(Place place, long start, long end, IterationDraft draft, Form form) {
        this.place = place;
        this.start = start;
        this.end = end;
        this.draft = draft;
        this.form = form;
    }

    IterationDraft draft() {
        return draft;
    }

    Form form() {
        return form;
    }

    /// Whether a label said what the step did.
    boolean isLabelled() {
        return form != Form.NONE;
    }

    boolean contains(long time) {
        return time >= start && time <= end;
    }

    /// Takes over what a label inside says, where it says more.
    void absorb(IterationDraft inner, Form innerForm) {
        if (innerForm.compareTo(form) > 0) {
            form = innerForm;
            long number = draft.number();
            draft.from(inner.build());
            if (draft.number() < 0) {
                draft.number(number);
            }
        }
    }

    boolean sameWork(StepRange other) {
        return draft.sameCounts(other.draft);
    }
}
