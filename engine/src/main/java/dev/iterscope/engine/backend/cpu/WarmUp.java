package dev.iterscope.engine.backend.cpu;

import com.sun.management.ThreadMXBean;
import dev.iterscope.engine.model.ModelConfig;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// Runs made-up batches before the first request, so that the kernels are compiled for every register block and both phases.
///
/// Vector code that is not compiled yet makes an object of every vector, compiled code none: a shape is warm once its steps allocate
/// nothing, or for a while no less than before (a JVM that has run other kernels through the same code never gets to nothing).
/// A branch that no made-up batch takes is compiled as one that never will be, and the first request that takes it runs at a hundredth
/// of the speed until its kernel is compiled again: so lengths, first positions and the order of blocks all vary here.
/// What is left over of a chunk makes items of few tokens and spans of few tiles, each of a kernel of its own and each so rare that no
/// batch would have it compiled: they are called one by one.
final class WarmUp {
    /// A shape that is still not compiled after this time is left to the requests: the machine is busy with something else.
    private static final long NANOS_PER_SHAPE = 1_000_000_000L;

    /// Compilers that have not lowered the allocation for so long have done what they will.
    private static final long NANOS_WITHOUT_GAIN = 200_000_000L;

    private static final int QUIET_STEPS = 4;
    private static final long QUIET_BYTES = 4096;
    private static final int LAYERS = 2;
    /// Prompts whose last groups of rows and spans of positions are whole, such whose are not, and some of several spans.
    private static final int[] PROMPTS = {64, 37, 512, 311};
    /// A prompt's later chunk: from this position on, beside sequences that generate at these.
    private static final int CHUNK_FIRST = 75;
    private static final int CHUNK_TOKENS = 101;
    private static final int[] CONTEXTS = {310, 5, 64, 127, 200, 16, 450, 33};
    private static final int ITEMS_PER_TURN = 16;
    private static final int[] ROWS = {PackedRows.GROUP, 8, 7, 4, 3, 2, 1};

    /// Tokens lie far apart in the embedding.
    private static final long TOKEN_STRIDE = 7919;

    private final Decoder decoder;
    private final StepBatch batch;
    private final int maxTokens;
    private final int maxSeqs;
    private final int vocabSize;
    private final int longest;
    /// Blocks that follow one another, and such that do not.
    private final int[][] blockTables;

    private WarmUp(Decoder decoder, ModelConfig model, StepBatch batch, int maxTokens, int maxSeqs, int blockSize, int blocks) {
        this.decoder = decoder;
        this.batch = batch;
        this.maxTokens = maxTokens;
        this.maxSeqs = maxSeqs;
        vocabSize = model.vocabSize();
        longest = Math.min(model.maxModelLen(), Arrays.stream(PROMPTS).max().orElseThrow());
        int needed = Math.ceilDiv(longest, blockSize);
        int usable = Math.max(1, blocks - 1);
        blockTables = new int[][] {
            IntStream.range(0, needed).map(i -> blocks - usable + i % usable).toArray(),
            IntStream.range(0, needed).map(i -> blocks - 1 - i % usable).toArray()
        };
    }

    /// Keys and values go to blocks that no sequence holds yet: a block is written before it is read.
    ///
    /// @param blocks the KV cache's blocks, the null block included
    static void run(Decoder decoder, ModelConfig model, StepBatch batch, int maxTokens, int maxSeqs, int blockSize, int blocks) {
        WarmUp warmUp = new WarmUp(decoder, model, batch, maxTokens, maxSeqs, blockSize, blocks);
        for (int prompt : PROMPTS) {
            repeat(turn -> warmUp.step(turn, prompt, 0, 0));
        }
        for (int rows : ROWS) {
            repeat(turn -> warmUp.step(turn, 0, 0, rows));
        }
        repeat(turn -> warmUp.step(turn, CHUNK_TOKENS, CHUNK_FIRST, CONTEXTS.length));
        PagedAttention attention = decoder.attention();
        for (int tokens = attention.tokensPerItem(); tokens > 0; tokens--) {
            for (int tiles = attention.tilesPerSpan(); tiles > 0; tiles--) {
                int itemTokens = tokens;
                int itemTiles = tiles;
                repeat(turn -> items(attention, itemTokens, itemTiles, Math.min(Lanes.TILE, blockSize)));
            }
        }
    }

    private static void items(PagedAttention attention, int tokens, int tiles, int mostPositions) {
        for (int i = 0; i < ITEMS_PER_TURN; i++) {
            attention.rehearse(tokens, tiles, 1 + i % mostPositions);
        }
    }

    /// A chunk of `prompt` tokens from position `first` on, and `rows` sequences that generate; less of each where limits say so.
    private void step(int turn, int prompt, int first, int rows) {
        batch.clear();
        int rowsThatFit = Math.min(rows, Math.min(maxTokens, maxSeqs) - (prompt > 0 ? 1 : 0));
        int end = Math.min(longest, first + Math.min(prompt, maxTokens - Math.max(0, rowsThatFit)));
        if (first < end) {
            batch.beginEntry(blockTables[turn % 2], true, true);
            for (int position = first; position < end; position++) {
                batch.add(token(position + turn), position);
            }
        }
        for (int row = 0; row < rowsThatFit; row++) {
            batch.beginEntry(blockTables[(turn + row) % 2], false, true);
            batch.add(token(row + turn), Math.min(longest - 1, CONTEXTS[(turn + row) % CONTEXTS.length]));
        }
        if (batch.size() > 0) {
            decoder.forward(batch, LAYERS);
        }
    }

    private int token(int i) {
        return (int) (i * TOKEN_STRIDE % vocabSize);
    }

    private static void repeat(IntConsumer step) {
        long start = System.nanoTime();
        long gained = start;
        long least = Long.MAX_VALUE;
        int quiet = 0;
        int turn = 0;
        while (quiet < QUIET_STEPS) {
            long before = allocatedBytes();
            step.accept(turn++);
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
