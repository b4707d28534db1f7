package dev.iterscope.engine.backend.cpu;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// Runs made-up batches before the first request, so that the kernels are compiled for every register block and both phases.
///
/// Vector code that is not compiled yet makes an object of every vector, compiled code none: a shape is warm once its steps allocate
/// nothing, or for a while no less than before (a JVM that has run other kernels through the same code never gets to nothing).
final class WarmUp {
    /// A shape that is still not compiled after this time is left to the requests: the machine is busy with something else.
    private static final long NANOS_PER_SHAPE = 1_000_000_000L;

    /// Compilers that have not lowered the allocation for so long have done what they will.
    private static final long NANOS_WITHOUT_GAIN = 200_000_000L;

    private static final int QUIET_STEPS = 2;
    private static final long QUIET_BYTES = 4096;
    private static final int LAYERS = 2;
    /// Prompts whose last groups of rows and spans of positions are whole, such whose are not, and one of several spans.
    private static final int[] PROMPTS = {64, 37, 512};
    private static final int[] ROWS = {PackedRows.GROUP, 8, 4, 2, 1};

    private WarmUp() {}

    /// All KV goes to the null block, which no sequence ever reads.
    static void run(Decoder decoder, StepBatch batch, int maxTokens, int maxSeqs, int blockSize, int maxModelLen) {
        int longest = Math.min(maxTokens, Math.min(maxModelLen, Arrays.stream(PROMPTS).max().orElseThrow()));
        int[] nullBlocks = new int[Math.ceilDiv(longest, blockSize)];
        for (int length : PROMPTS) {
            int prompt = Math.min(longest, length);
            repeat(() -> {
                batch.clear();
                batch.beginEntry(nullBlocks, true, true);
                for (int position = 0; position < prompt; position++) {
                    batch.add(0, position);
                }
                decoder.forward(batch, LAYERS);
            });
        }
        for (int rows : ROWS) {
            if (rows <= Math.min(maxTokens, maxSeqs)) {
                repeat(() -> {
                    batch.clear();
                    for (int entry = 0; entry < rows; entry++) {
                        batch.beginEntry(nullBlocks, false, true);
                        batch.add(0, longest - 1);
                    }
                    decoder.forward(batch, LAYERS);
                });
            }
        }
    }

    private static void repeat(Runnable step) {
        long start = System.nanoTime();
        long gained = start;
        long least = Long.MAX_VALUE;
        int quiet = 0;
        while (quiet < QUIET_STEPS) {
            long before = allocatedBytes();
            step.run();
            long allocated = allocatedBytes() - before;
            quiet = allocated < QUIET_BYTES ? quiet + 1 : 0;
            long now = System.nanoTime();
            if (allocated < least - least / 8) {
                least = allocated;
                gained = now;
            }
            if (now - start > NANOS_PER_SHAPE || now - gained > NANOS_WITHOUT_GAIN) {
                return;
            }
        }
    }

    private static long allocatedBytes() {
        return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads ? threads.getCurrentThreadAllocatedBytes() : 0;
    }
}
