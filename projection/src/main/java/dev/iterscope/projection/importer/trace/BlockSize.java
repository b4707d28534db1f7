package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Iteration;

/// The size of a KV block, as far as used blocks and the tokens in them tell it.
///
/// Our marks carry both, and no block size. Only full blocks are shared, so of `n` running requests each leaves at most `size - 1` tokens of
/// its last block unfilled: `used x size - n x (size - 1) <= held <= used x size`. Each step bounds the size from both sides, and long
/// sequences soon leave one size.
final class BlockSize {
    private long smallest = 1;
    private long largest = Long.MAX_VALUE;

    /// Takes what a step tells.
    void add(Iteration step) {
        if (step.kv().isEmpty() || step.runningRequests().isEmpty()) {
            return;
        }
        long used = step.kv().get().blocksUsed().orElse(0);
        long held = step.kv().get().tokensHeld().orElse(0);
        long running = step.runningRequests().getAsLong();
        if (used > 0 && held > 0) {
            smallest = Math.max(smallest, Math.ceilDiv(held, used));
            if (used > running && held >= running) {
                largest = Math.min(largest, (held - running) / (used - running));
            }
        }
    }

    /// Says the size, or the bounds and what to give.
    void report(RecordingBuilder into) {
        if (smallest == largest) {
            into.settings().say(Fact.BLOCK_SIZE, smallest);
        } else if (smallest > 1 && smallest < largest) {
            into.warnings().add("block-size-unknown", "the steps tell used KV blocks and the tokens in them, which bound the block size to "
                    + (largest == Long.MAX_VALUE ? "at least " + smallest : smallest + " to " + largest) + "; give --block-size");
        }
    }
}
