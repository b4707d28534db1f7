package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.cpu.DecoderWeights.LoadProgress;
import dev.iterscope.engine.checkpoint.Checkpoint;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.HuggingFaceConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A checkpoint from files against llama.cpp on the same weights: log-probabilities of every token after a prompt in one step, and of
/// each token that follows, and the greedy continuation. `src/test/resources/reference/README.md` says how the reference was made.
class ReferenceLogitsTest {
    private static final int BLOCK_SIZE = 16;
    private static final int MAX_TOKENS = 64;

    @TempDir
    Path folder;

    /// llama.cpp's KV cache is F16: keys and values have 11 significant bits there, 24 or 8 here.
    @ParameterizedTest(name = "KV {0}")
    @CsvSource({"F32, 0.004", "BF16, 0.05"})
    void logProbabilitiesAndGreedyTokensAreLlamaCpps(DataType kvType, double bound) throws IOException {
        copy("config.json");
        copy("model.safetensors");
        ModelConfig model = HuggingFaceConfig.read(folder.resolve("config.json"));
        JsonNode reference = new ObjectMapper().readTree(resource("logits.json"));
        List<Integer> tokens = new ArrayList<>(integers(reference.path("prompt")));
        int promptTokens = tokens.size();
        List<Integer> continuation = integers(reference.path("continuation"));

        try (NativeMemory memory = new NativeMemory();
                WorkerPool pool = new WorkerPool(1)) {
            Decoder decoder = decoder(model, kvType, memory, pool);
            StepBatch batch = new StepBatch(MAX_TOKENS, 1);
            List<Integer> sampled = new ArrayList<>();
            int first = 0;
            for (int step = promptTokens - 1; step < reference.path("steps").size(); step++) {
                float[] logits = forward(decoder, batch, tokens, first);
                first = tokens.size();
                assertNear(logits, reference.path("steps").get(step).path("logProbabilities"), bound, step);
                int next = Sampler.greedy(logits, 0, model.vocabSize());
                sampled.add(next);
                // Feed what the reference chose, so that one near-tie does not make all later steps incomparable.
                if (sampled.size() <= continuation.size()) {
                    tokens.add(continuation.get(sampled.size() - 1));
                }
            }
            if (kvType == DataType.F32) {
                assertThat(sampled.subList(0, continuation.size())).isEqualTo(continuation);
            }
        }
    }

    private static Decoder decoderOf(ModelConfig model, DecoderWeights weights, KvStore kv, WorkerPool pool) {
        Activations activations = new Activations(model, MAX_TOKENS, 1, MAX_TOKENS, 1);
        KernelTimer timer = new KernelTimer(ExecutionObserver.NONE);
        return new Decoder(model, weights, kv, activations, pool, KernelSelection.best(), timer);
    }

    private Decoder decoder(ModelConfig model, DataType kvType, NativeMemory memory, WorkerPool pool) {
        try (TensorSource source = TensorSource.of(Checkpoint.open(folder))) {
            DecoderWeights weights = DecoderWeights.load(model, source, memory, pool, LoadProgress.NONE);
            KvStore kv = new KvStore(memory, model, kvType, BLOCK_SIZE, MAX_TOKENS / BLOCK_SIZE + 1);
            return decoderOf(model, weights, kv, pool);
        }
    }

    private static float[] forward(Decoder decoder, StepBatch batch, List<Integer> tokens, int first) {
        batch.clear();
        batch.beginEntry(IntStream.rangeClosed(1, MAX_TOKENS / BLOCK_SIZE).toArray(), tokens.size() - first > 1, true);
        for (int position = first; position < tokens.size(); position++) {
            batch.add(tokens.get(position), position);
        }
        return decoder.forward(batch);
    }

    private static void assertNear(float[] logits, JsonNode expected, double bound, int step) {
        double max = IntStream.range(0, expected.size()).mapToDouble(i -> logits[i]).max().orElseThrow();
        double sum = IntStream.range(0, expected.size()).mapToDouble(i -> Math.exp(logits[i] - max)).sum();
        for (int token = 0; token < expected.size(); token++) {
            double logProbability = logits[token] - max - Math.log(sum);
            assertThat(logProbability)
                    .as("step %d, token %d", step, token)
                    .isCloseTo(expected.get(token).asDouble(), within(bound));
        }
    }

    private static List<Integer> integers(JsonNode array) {
        List<Integer> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asInt()));
        return values;
    }

    private void copy(String name) throws IOException {
        try (InputStream in = resource(name)) {
            Files.copy(in, folder.resolve(name));
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(ReferenceLogitsTest.class.getResourceAsStream("/reference/" + name), name);
    }
}
