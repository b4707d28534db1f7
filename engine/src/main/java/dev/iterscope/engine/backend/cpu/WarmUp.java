package dev.iterscope.engine.backend.cpu;

/// Runs made-up batches before the first request, so that the kernels are compiled for every register block and both phases.
final class WarmUp {
    /// Steps of a kind end early when this much time has passed: compilation has been asked for by then.
    private static final long NANOS_PER_SHAPE = 300_000_000L;

    private static final int STEPS_PER_SHAPE = 20;
    private static final int LAYERS = 2;
    private static final int[] ROWS = {PackedRows.GROUP, 8, 4, 2, 1};

    private WarmUp() {}

    /// All KV goes to the null block, which no sequence ever reads.
    static void run(Decoder decoder, StepBatch batch, int maxTokens, int maxSeqs, int blockSize, int maxModelLen) {
        int prompt = Math.min(maxTokens, Math.min(maxModelLen, 64));
        int[] nullBlocks = new int[Math.ceilDiv(prompt, blockSize)];
        repeat(() -> {
            batch.clear();
            batch.beginEntry(nullBlocks, true, true);
            for (int position = 0; position < prompt; position++) {
                batch.add(0, position);
            }
            decoder.forward(batch, LAYERS);
        });
        for (int rows : ROWS) {
            if (rows <= Math.min(maxTokens, maxSeqs)) {
                repeat(() -> {
                    batch.clear();
                    for (int entry = 0; entry < rows; entry++) {
                        batch.beginEntry(nullBlocks, false, true);
                        batch.add(0, prompt - 1);
                    }
                    decoder.forward(batch, LAYERS);
                });
            }
        }
    }

    private static void repeat(Runnable step) {
        long start = System.nanoTime();
        for (int i = 0; i < STEPS_PER_SHAPE && System.nanoTime() - start < NANOS_PER_SHAPE; i++) {
            step.run();
        }
    }
}
