package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.cpu.DecoderWeights.LoadProgress;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The forward pass against a double-precision reference, and against itself in other batches.
class DecoderTest {
    private static final int TOKENS = 45;

    static Stream<Arguments> models() {
        return Stream.of(SmallModels.QWEN3, SmallModels.QWEN2, SmallModels.LLAMA, SmallModels.QWEN3_INT8)
                .flatMap(model -> Stream.of(new ScalarKernels(), new VectorKernels())
                        .flatMap(kernels -> Stream.of(DataType.F32, DataType.BF16).map(kv -> Arguments.of(model, kernels, kv))));
    }

    @ParameterizedTest(name = "{0} KV {2}")
    @MethodSource("models")
    void logitsAreThoseOfTheReference(ModelConfig model, Kernels kernels, DataType kvType) {
        int[] tokens = tokens(model, 7);
        List<double[]> expected = new ReferenceDecoder(model, TensorSource.dummy(3)).logits(tokens);
        double scale = Arrays.stream(expected.getLast()).map(Math::abs).max().orElseThrow();
        // Keys and values keep 8 significant bits in bfloat16, 24 in single precision.
        double bound = scale * (kvType == DataType.F32 ? 2e-5 : 2e-2);

        try (Rig rig = new Rig(model, kernels, kvType, 16, 2)) {
            for (int split : new int[] {1, 17, 44}) {
                float[] prefill = rig.step(tokens, 0, split);
                assertNear(prefill, expected.get(split - 1), bound);
                for (int position = split; position < TOKENS; position++) {
                    assertNear(rig.step(tokens, position, 1), expected.get(position), bound);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} KV {2}")
    @MethodSource("models")
    void aTokensLogitsAreTheSameBitsInAnyBatch(ModelConfig model, Kernels kernels, DataType kvType) {
        int[] tokens = tokens(model, 11);
        float[] alone;
        try (Rig rig = new Rig(model, kernels, kvType, 16, 1)) {
            alone = rig.step(tokens, 0, TOKENS);
        }
        for (int blockSize : new int[] {16, 32}) {
            try (Rig rig = new Rig(model, kernels, kvType, blockSize, 2)) {
                rig.step(tokens, 0, 13);
                rig.step(tokens, 13, 1);
                rig.step(tokens, 14, 25);
                float[] chunked = rig.mixedStep(tokens, 39, TOKENS - 39, 5);
                assertThat(chunked).isEqualTo(alone);
            }
        }
    }

    /// A generated token reads the keys of eight spans of 64 positions at a time, a chunk those of one.
    @ParameterizedTest(name = "{0} KV {2}")
    @MethodSource("models")
    void aTokenFarBackIsTheSameBitsGeneratedOrInAChunk(ModelConfig model, Kernels kernels, DataType kvType) {
        int chunk = 60;
        int last = 9 * chunk + chunk - 1;
        int[] tokens = new Random(17).ints(last + 1, 0, model.vocabSize()).toArray();
        try (Rig rig = new Rig(model, kernels, kvType, 16, 2)) {
            float[] inChunk = new float[0];
            for (int from = 0; from < last; from += chunk) {
                inChunk = rig.step(tokens, from, chunk);
            }
            assertThat(rig.step(tokens, last, 1)).isEqualTo(inChunk);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelsOnly")
    void scalarAndVectorKernelsGiveTheSameBits(ModelConfig model) {
        int[] tokens = tokens(model, 5);
        try (Rig scalar = new Rig(model, new ScalarKernels(), DataType.BF16, 16, 1);
                Rig vector = new Rig(model, new VectorKernels(), DataType.BF16, 16, 1)) {
            assertThat(vector.step(tokens, 0, TOKENS)).isEqualTo(scalar.step(tokens, 0, TOKENS));
        }
    }

    static Stream<ModelConfig> modelsOnly() {
        return Stream.of(SmallModels.QWEN3, SmallModels.QWEN2, SmallModels.LLAMA, SmallModels.QWEN3_INT8);
    }

    private static int[] tokens(ModelConfig model, long seed) {
        Random random = new Random(seed);
        return random.ints(TOKENS, 0, model.vocabSize()).toArray();
    }

    private static void assertNear(float[] actual, double[] expected, double bound) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).as("logit %d", i).isCloseTo(expected[i], within(bound));
        }
    }

    /// A decoder with room for one long sequence and a few others.
    private static final class Rig implements AutoCloseable {
        private static final int OTHERS = 8;
        private static final int POSITIONS = 640;

        private final ModelConfig model;
        private final NativeMemory memory = new NativeMemory();
        private final WorkerPool pool;
        private final Decoder decoder;
        private final StepBatch batch = new StepBatch(64, 16);
        private final int[] blocks;
        private final int[][] otherBlocks = new int[OTHERS][];

        Rig(ModelConfig model, Kernels kernels, DataType kvType, int blockSize, int threads) {
            this.model = model;
            pool = new WorkerPool(threads);
            int perSequence = Math.ceilDiv(POSITIONS, blockSize);
            int blockCount = 1 + perSequence * (OTHERS + 1);
            KvStore kv = new KvStore(memory, model, kvType, blockSize, blockCount);
            Activations activations = new Activations(model, 64, 16, POSITIONS, threads);
            DecoderWeights weights = DecoderWeights.load(model, TensorSource.dummy(3), memory, pool, LoadProgress.NONE);
            decoder = new Decoder(model, weights, kv, activations, pool, kernels, new KernelTimer(ExecutionObserver.NONE));
            // Blocks of a sequence in descending order: neighbours in the sequence are not neighbours in memory.
            blocks = descending(blockCount - 1, perSequence);
            for (int i = 0; i < OTHERS; i++) {
                otherBlocks[i] = descending(blockCount - 1 - perSequence * (i + 1), perSequence);
            }
        }

        private static int[] descending(int from, int count) {
            int[] ids = new int[count];
            Arrays.setAll(ids, i -> from - i);
            return ids;
        }

        float[] step(int[] tokens, int from, int count) {
            batch.clear();
            entry(tokens, from, count);
            return Arrays.copyOf(decoder.forward(batch), model.vocabSize());
        }

        /// The same with other sequences before and after it in the batch.
        float[] mixedStep(int[] tokens, int from, int count, int before) {
            batch.clear();
            for (int i = 0; i < OTHERS; i++) {
                if (i == before) {
                    entry(tokens, from, count);
                }
                batch.beginEntry(otherBlocks[i], i > 0, i % 2 == 0);
                for (int position = 0; position <= i; position++) {
                    batch.add((31 * i + position) % model.vocabSize(), position);
                }
            }
            float[] logits = decoder.forward(batch);
            int row = (before + 1) / 2 * decoder.vocabularyStride();
            return Arrays.copyOfRange(logits, row, row + model.vocabSize());
        }

        private void entry(int[] tokens, int from, int count) {
            batch.beginEntry(blocks, count > 1, true);
            for (int position = from; position < from + count; position++) {
                batch.add(tokens[position], position);
            }
        }

        @Override
        public void close() {
            pool.close();
            memory.close();
        }
    }
}
