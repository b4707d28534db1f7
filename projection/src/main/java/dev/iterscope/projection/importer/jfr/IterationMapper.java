package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.DetailDraft;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// `iterscope.Iteration` and `iterscope.IterationDetail`, which the engine thread writes one after the other, as one step.
///
/// A file holds the buffers of a thread in any order, so that here and there the two stand far apart, the second even before the first:
/// what finds no partner next to it is kept until the partner comes.
///
/// Imported recordings may hold more fields: `elapsed` where the source's time is not that between start and end, and
/// `startKnown` and `endKnown` where it did not say when the step was;
/// and `marks`, what the importer found special about it.
final class IterationMapper extends EventMapper {

    /// Marks that an importer gave; the others are found anew.
    private static final Set<Mark> MARKS = EnumSet.of(Mark.COLD, Mark.COUPLED, Mark.PAUSED);

    private final RecordingBuilder into;
    private final Map<Key, IterationDraft> steps = new HashMap<>();
    private final Map<Key, IterationDraft> details = new HashMap<>();
    private IterationDraft draft = new IterationDraft();
    private boolean pending;
    private long pendingThread;
    private final Column start = column("startTime");
    private final Column duration = column("duration");
    private final Column thread = column("eventThread");
    private final Column iteration = column("iteration");
    private final Column contextRequests = column("contextRequests");
    private final Column contextTokens = column("contextTokens");
    private final Column generationRequests = column("generationRequests");
    private final Column generationTokens = column("generationTokens");
    private final Column kvUsage = column("kvUsage");
    private final Column kvBlocksUsed = column("kvBlocksUsed");
    private final Column kvBlocksTotal = column("kvBlocksTotal");
    private final Column kvTokensHeld = column("kvTokensHeld");
    private final Column runningRequests = column("runningRequests");
    private final Column waitingRequests = column("waitingRequests");
    private final Column preemptions = column("preemptions");
    private final Column elapsed = column("elapsed");
    private final Column startKnown = column("startKnown");
    private final Column endKnown = column("endKnown");
    private final Column marks = column("marks");
    private final Detail detail = new Detail();

    IterationMapper(RecordingBuilder into) {
        this.into = into;
    }

    /// The mapper of the detail events.
    EventMapper detail() {
        return detail;
    }

    @Override
    void map(EventRow row) {
        if (pending) {
            keep(new Key(pendingThread, draft.number()));
            pending = false;
        }
        draft.clear();
        if (!draft.counts(
                contextRequests.integer(row, 0),
                contextTokens.integer(row, 0),
                generationRequests.integer(row, 0),
                generationTokens.integer(row, 0))) {
            into.warnings().add("jfr-event-damaged", "events that do not fit their description were left out");
            return;
        }
        draft.number(iteration.integer(row, -1));
        long from = start.integer(row, 0);
        long took = duration.integer(row, 0);
        if (!startKnown.isIn() || startKnown.flag(row)) {
            draft.startNanos(from);
        }
        if (!endKnown.isIn() || endKnown.flag(row)) {
            draft.endNanos(from + took);
        }
        draft.elapsedNanos(elapsed.isIn() ? elapsed.integer(row, -1) : took);
        draft.kvShare(kvUsage.real(row));
        draft.kvBlocksUsed(kvBlocksUsed.integer(row, -1));
        draft.kvBlocksTotal(kvBlocksTotal.integer(row, -1));
        draft.kvTokensHeld(kvTokensHeld.integer(row, -1));
        draft.runningRequests(runningRequests.integer(row, -1));
        draft.waitingRequests(waitingRequests.integer(row, -1));
        draft.preemptions(preemptions.integer(row, -1));
        for (Mark mark : MARKS) {
            if (marks.text(row).contains(mark.name())) {
                draft.mark(mark);
            }
        }
        pendingThread = thread.key(row);
        IterationDraft known = details.isEmpty() ? null : details.remove(new Key(pendingThread, draft.number()));
        if (known != null) {
            known.build().detail().ifPresent(draft.detail()::from);
            known.build().marks().forEach(draft::mark);
            into.add(draft.engine(known.build().engine()).build());
        } else {
            pending = true;
        }
    }

    @Override
    void finish() {
        if (pending) {
            into.add(draft.build());
            pending = false;
        }
        steps.values().forEach(step -> into.add(step.build()));
        into.warnings().add("detail-without-iteration", "details of steps that the recording does not hold", details.size());
    }

    /// Keeps the draft until its partner comes. A number that comes again belongs to another run of the engine.
    private void keep(Key key) {
        IterationDraft before = steps.put(key, draft);
        if (before != null) {
            into.add(before.build());
        }
        draft = new IterationDraft();
    }

    /// What a step and its details have in common.
    private record Key(long thread, long iteration) {}

    /// The detail events.
    private final class Detail extends EventMapper {
        private final Column thread = column("eventThread");
        private final Column iteration = column("iteration");
        private final Column engine = column("engine");
        private final Column tokenBudget = column("tokenBudget");
        private final Column kvTokensAllocated = column("kvTokensAllocated");
        private final Column contextKvTokens = column("contextKvTokens");
        private final Column contextAttentionPairs = column("contextAttentionPairs");
        private final Column contextLengthVariance = column("contextLengthVariance");
        private final Column generationKvTokens = column("generationKvTokens");
        private final Column generationKvVariance = column("generationKvVariance");
        private final Column maxKvLength = column("maxKvLength");
        private final Column queuedContextTokens = column("queuedContextTokens");
        private final Column queuedKvTokens = column("queuedKvTokens");
        private final Column recomputedTokens = column("recomputedTokens");
        private final Column prefixQueriedTokens = column("prefixQueriedTokens");
        private final Column prefixHitTokens = column("prefixHitTokens");
        private final Column encoderInputs = column("encoderInputs");
        private final Column encoderTokens = column("encoderTokens");
        private final Column draftTokens = column("draftTokens");
        private final Column acceptedTokens = column("acceptedTokens");
        private final Column paddedTokens = column("paddedTokens");
        private final Column graphMode = column("graphMode");
        private final Column inFlight = column("inFlight");
        private final Column scheduleTime = column("scheduleTime");
        private final Column submitToResult = column("submitToResult");
        private final Column resultWaitTime = column("resultWaitTime");
        private final Column updateTime = column("updateTime");
        private final Column idleBefore = column("idleBefore");
        private final Column dummy = column("dummy");

        @Override
        void map(EventRow row) {
            long number = iteration.integer(row, -1);
            if (pending && pendingThread == thread.key(row) && draft.number() == number) {
                fill(draft, row);
                into.add(draft.build());
                pending = false;
                return;
            }
            Key key = new Key(thread.key(row), number);
            IterationDraft step = steps.remove(key);
            if (step != null) {
                fill(step, row);
                into.add(step.build());
            } else {
                IterationDraft alone = new IterationDraft();
                fill(alone, row);
                details.put(key, alone);
            }
        }

        private void fill(IterationDraft draft, EventRow row) {
            draft.engine(Math.clamp(engine.integer(row, 0), 0, 1 << 20));
            DetailDraft to = draft.detail();
            to.tokenBudget(tokenBudget.integer(row, -1));
            to.kvTokensAllocated(kvTokensAllocated.integer(row, -1));
            to.contextKvTokens(contextKvTokens.integer(row, -1));
            to.contextAttentionPairs(contextAttentionPairs.real(row));
            to.contextLengthVariance(contextLengthVariance.real(row));
            to.generationKvTokens(generationKvTokens.integer(row, -1));
            to.generationKvVariance(generationKvVariance.real(row));
            to.maxKvLength(maxKvLength.integer(row, -1));
            to.queuedContextTokens(queuedContextTokens.integer(row, -1));
            to.queuedKvTokens(queuedKvTokens.integer(row, -1));
            to.recomputedTokens(recomputedTokens.integer(row, -1));
            to.prefixQueriedTokens(prefixQueriedTokens.integer(row, -1));
            to.prefixHitTokens(prefixHitTokens.integer(row, -1));
            to.encoderInputs(encoderInputs.integer(row, -1));
            to.encoderTokens(encoderTokens.integer(row, -1));
            to.draftTokens(draftTokens.integer(row, -1));
            to.acceptedTokens(acceptedTokens.integer(row, -1));
            to.paddedTokens(paddedTokens.integer(row, -1));
            to.graphMode(graphMode.text(row));
            to.inFlight(inFlight.integer(row, -1));
            to.scheduleNanos(scheduleTime.integer(row, -1));
            to.submitToResultNanos(submitToResult.integer(row, -1));
            to.resultWaitNanos(resultWaitTime.integer(row, -1));
            to.updateNanos(updateTime.integer(row, -1));
            to.idleBeforeNanos(idleBefore.integer(row, -1));
            if (dummy.flag(row)) {
                draft.mark(Mark.DUMMY);
            }
        }
    }
}
