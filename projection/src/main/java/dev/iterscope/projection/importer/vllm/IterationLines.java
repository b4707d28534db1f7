package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.Cursor;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.List;
import java.util.OptionalLong;

/// Iteration lines of all generations of vLLM.
///
/// The message is the same in all of them: `Iteration(N): a context requests, b context tokens, c generation requests, d generation
/// tokens, iteration elapsed time: X ms`. Behind it may stand, in any order, ` (dummy)`, a KV-cache part with blocks and tokens, a
/// usage in percent, encoder counts and the result wait time. Newer servers print it in the frontend with `Engine 000: ` before it.
/// Some setups mark the passes of an idle data-parallel rank by ` [dp-idle]` behind the number, and some leave the elapsed time out.
/// Two lines that were printed over each other hold two messages.
final class IterationLines {

    private static final String START = "Iteration(";
    private static final String DUMMY = " (dummy)";
    private static final String USAGE = ", GPU KV cache usage: ";
    private static final String BLOCKS = ", kv cache: ";
    private static final String ENCODER_INPUTS = ", encoder inputs: ";
    private static final String ENCODER_TOKENS = ", encoder output embeddings: ";
    private static final String WAIT = ", result wait time: ";
    private static final List<String> ADDITIONS = List.of(DUMMY, USAGE, BLOCKS, ENCODER_INPUTS, ENCODER_TOKENS, WAIT);

    private final RecordingBuilder into;
    private final LinePrefix prefix;
    private final Engines engines;
    private final Cursor cursor = new Cursor();
    private final IterationDraft draft = new IterationDraft();
    private long count;
    private long blockSize;
    private boolean blockSizeVaries;

    IterationLines(RecordingBuilder into, LinePrefix prefix, Engines engines) {
        this.into = into;
        this.prefix = prefix;
        this.engines = engines;
    }

    /// Whether a text holds an iteration line.
    static boolean isIn(String text) {
        int at = text.indexOf(START);
        return at >= 0 && text.indexOf(" context requests, ", at) >= 0;
    }

    /// Iterations read.
    long count() {
        return count;
    }

    /// Takes the iterations of a line.
    ///
    /// @return whether it holds any, whole or damaged
    boolean take(String line) {
        int at = line.indexOf(START);
        if (at < 0) {
            return false;
        }
        int from = 0;
        boolean found = false;
        while (at >= 0) {
            draft.clear();
            if (readMessage(line, at)) {
                keep(line, from, at);
                found = true;
            } else if (line.startsWith("Iteration(", at) && looksMeant(line, at)) {
                into.warnings().add("iteration-line-damaged", "iteration lines that are cut or garbled were left out");
                found = true;
            }
            from = at + START.length();
            at = line.indexOf(START, from);
        }
        return found;
    }

    /// Says what the whole log told.
    void finish(GraphStatistics graphs) {
        if (blockSize > 0 && !blockSizeVaries) {
            into.settings().say(Fact.BLOCK_SIZE, blockSize);
        }
        if (count > 0) {
            graphs.report(into.warnings());
        }
    }

    private void keep(String line, int from, int at) {
        OptionalLong time = prefix.timeBefore(from == 0 ? line : line.substring(from), at - from);
        if (time.isPresent()) {
            draft.endNanos(time.getAsLong());
        } else {
            into.warnings().add("iteration-without-time", "iteration lines without a time");
        }
        draft.engine(engineOf(line, at));
        into.add(draft.build());
        count++;
    }

    private int engineOf(String line, int at) {
        // "Engine 003: Iteration(" of the frontend form.
        if (at >= 12 && line.startsWith(": ", at - 2) && line.startsWith("Engine ", at - 12) && cursor.on(line, at - 5).number()) {
            return (int) cursor.integer();
        }
        return engines.engineOf(LinePrefix.rankOf(line), LinePrefix.pidOf(line));
    }

    /// A message whose colon is there was meant as an iteration line; a prompt or a stack trace that mentions one was not.
    private static boolean looksMeant(String line, int at) {
        int close = line.indexOf("): ", at);
        return (close > 0 && close - at < 32) || line.length() - at < 32;
    }

    private boolean readMessage(String line, int at) {
        cursor.on(line, at + START.length());
        if (!cursor.number()) {
            return false;
        }
        draft.number(cursor.integer());
        if (cursor.literal(") [dp-idle]: ")) {
            draft.mark(Mark.DUMMY);
        } else if (!cursor.literal("): ")) {
            return false;
        }
        if (!cursor.number()) {
            return false;
        }
        long contextRequests = cursor.integer();
        if (!cursor.literal(" context requests, ") || !cursor.number()) {
            return false;
        }
        long contextTokens = cursor.integer();
        if (!cursor.literal(" context tokens, ") || !cursor.number()) {
            return false;
        }
        long generationRequests = cursor.integer();
        if (!cursor.literal(" generation requests, ") || !cursor.number()) {
            return false;
        }
        long generationTokens = cursor.integer();
        if (!cursor.literal(" generation tokens") || !readElapsed()
                || !draft.counts(contextRequests, contextTokens, generationRequests, generationTokens)) {
            return false;
        }
        readAdditions();
        return true;
    }

    /// The elapsed time, or that the message ends, or goes on with something else, without one.
    private boolean readElapsed() {
        if (cursor.literal(", iteration elapsed time: ")) {
            if (!cursor.fraction()) {
                return false;
            }
            draft.elapsedNanos(Math.round(cursor.decimal() * 1e6));
            return cursor.literal(" ms");
        }
        boolean ends = cursor.peek() == 0 || cursor.peek() == '\r' || ADDITIONS.stream().anyMatch(cursor::isAt);
        if (ends) {
            into.warnings().add("iteration-without-elapsed-time", "iteration lines without an elapsed time; their counts are used");
        }
        return ends;
    }

    private void readAdditions() {
        boolean more = true;
        while (more) {
            if (cursor.literal(DUMMY)) {
                draft.mark(Mark.DUMMY);
            } else if (cursor.literal(USAGE)) {
                more = cursor.fraction();
                draft.kvShare(more ? percent() : Double.NaN);
                more = more && cursor.literal("%");
            } else if (cursor.literal(BLOCKS)) {
                more = readBlocks();
            } else if (cursor.literal(ENCODER_INPUTS)) {
                more = cursor.number();
                draft.detail().encoderInputs(more ? cursor.integer() : -1);
            } else if (cursor.literal(ENCODER_TOKENS)) {
                more = cursor.number();
                draft.detail().encoderTokens(more ? cursor.integer() : -1);
            } else if (cursor.literal(WAIT)) {
                more = cursor.fraction();
                draft.detail().resultWaitNanos(more ? Math.round(cursor.decimal() * 1e6) : -1);
                more = more && cursor.literal(" ms");
            } else {
                more = false;
            }
        }
    }

    /// `5.1% (3500/68959 blocks, 56000 tokens)`: the tokens are used blocks times block size.
    private boolean readBlocks() {
        if (!cursor.fraction()) {
            return false;
        }
        draft.kvShare(percent());
        if (!cursor.literal("% (") || !cursor.number()) {
            return false;
        }
        long used = cursor.integer();
        if (!cursor.literal("/") || !cursor.number()) {
            return false;
        }
        long total = cursor.integer();
        if (!cursor.literal(" blocks, ") || !cursor.number()) {
            return false;
        }
        long tokens = cursor.integer();
        if (used <= total) {
            draft.kvBlocksUsed(used).kvBlocksTotal(total);
            draft.detail().kvTokensAllocated(tokens);
            into.settings().say(Fact.KV_BLOCKS, total);
            learnBlockSize(used, tokens);
        }
        return cursor.literal(" tokens)");
    }

    private double percent() {
        return Math.round(cursor.decimal() * 1e6) / 1e8;
    }

    private void learnBlockSize(long used, long tokens) {
        if (used > 0) {
            long size = tokens % used == 0 ? tokens / used : -1;
            blockSizeVaries |= size < 1 || (blockSize > 0 && blockSize != size);
            blockSize = size;
        }
    }
}
