package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.checkpoint.TensorSpec;
import dev.iterscope.engine.model.GenerationConfig;
import dev.iterscope.engine.model.HuggingFaceConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever stands in a model's folder, it is used or refused in one line that names the file.
///
/// More: `-Diterscope.fuzz=20000`.
class ModelFolderFuzzTest {
    private static final int ROUNDS = Integer.getInteger("iterscope.fuzz", 150);
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");
    private static final Pattern TEXT = Pattern.compile("\"[^\"]*\"");
    private static final List<String> VALUES = List.of(
            "0", "-1", "1", "2", "7", "16777216", "2147483647", "2147483648", "9223372036854775807", "99999999999999999999", "1e308",
            "1e-320", "0.5", "null", "true", "\"\"", "\"x\\u0000\\n\"", "[]", "{}", "[[[[[[[[1]]]]]]]]", "[1,2]", "{\"a\":1}");

    private static final ModelConfig MODEL = new ModelConfig(
            "small", Architecture.QWEN3, 32, 1, 2, 1, 32, 64, 40, true, true, false, 1e-6f, new Rope(1e4, Optional.empty()), 256,
            DataType.BF16, List.of());

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "generation_config.json", "model.safetensors"})
    void aDamagedFileIsUsedOrRefusedInOneLine(String name) throws IOException {
        DummyCheckpoint.write(folder, MODEL, 3, List.of("a", "batch"));
        Path file = folder.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        int refused = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            Files.write(file, damaged(whole, name.endsWith(".json"), new Random(seed)));
            try {
                use();
            } catch (UserInputException e) {
                refused++;
                assertThat(e.getMessage()).as("%s, seed %d", name, seed).doesNotContain("\n", "\r").hasSizeLessThan(600);
            } catch (RuntimeException | Error e) {
                fail(name + ", seed " + seed, e);
            }
        }
        assertThat(refused).as("damage that is noticed").isGreaterThan(ROUNDS / 10);
    }

    /// What `run` does before it allocates anything for a model.
    private void use() {
        ModelConfig model = HuggingFaceConfig.read(folder.resolve("config.json"));
        List<Integer> eos = GenerationConfig.read(folder, model).map(GenerationConfig::eosTokenIds).orElse(model.eosTokenIds());
        assertThat(ModelFolder.check(folder, model, eos)).allSatisfy(doubt -> assertThat(doubt).doesNotContain("\n"));
        EngineConfig config = EngineConfig.defaults(model).withMemoryBytes(64L << 20).withWeights(folder);
        assertThat(Engine.memoryPlan(config).totalBytes()).isPositive().isLessThanOrEqualTo(64L << 20);
        try (TensorSource source = TensorSource.open(Optional.of(folder), 0)) {
            source.requireModel(model);
            for (TensorSpec tensor : TensorSpec.all(model)) {
                source.readRow(tensor.name(), tensor.rows(), tensor.columns(), tensor.rows() - 1, new float[tensor.columns()]);
            }
            source.requireUnchanged();
        }
        try (ModelTokenizer tokenizer = ModelTokenizer.open(folder, model)) {
            assertThat(Arrays.stream(tokenizer.encode("a batch of"))).allMatch(id -> id < model.vocabSize());
        }
    }

    private static byte[] damaged(byte[] whole, boolean json, Random random) {
        if (random.nextInt(8) == 0) {
            return Arrays.copyOf(whole, random.nextInt(whole.length));
        }
        // The header of a safetensors file is JSON behind eight bytes.
        int headed = json ? whole.length : 8 + (whole[0] & 0xFF) + (whole[1] & 0xFF) * 256;
        return random.nextInt(3) == 0 ? bytes(whole, headed, random) : values(whole, headed, json, random);
    }

    private static byte[] bytes(byte[] whole, int end, Random random) {
        byte[] changed = whole.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            changed[random.nextInt(Math.min(end, whole.length))] = (byte) random.nextInt();
        }
        return changed;
    }

    /// Another number or text in the place of one, in the same length where offsets follow.
    private static byte[] values(byte[] whole, int end, boolean json, Random random) {
        int from = json ? 0 : 8;
        String text = new String(whole, from, end - from, StandardCharsets.ISO_8859_1);
        List<MatchResult> places = (random.nextInt(3) == 0 ? TEXT : NUMBER).matcher(text).results().toList();
        if (places.isEmpty()) {
            return Arrays.copyOf(whole, whole.length / 2);
        }
        MatchResult place = places.get(random.nextInt(places.size()));
        String value = VALUES.get(random.nextInt(VALUES.size()));
        String changed = text.substring(0, place.start()) + value + text.substring(place.end());
        if (!json) {
            changed = changed.length() < text.length() ? changed + " ".repeat(text.length() - changed.length()) : changed;
        }
        byte[] header = changed.getBytes(StandardCharsets.ISO_8859_1);
        byte[] result = new byte[from + header.length + whole.length - end];
        System.arraycopy(whole, 0, result, 0, from);
        System.arraycopy(header, 0, result, from, header.length);
        System.arraycopy(whole, end, result, from + header.length, whole.length - end);
        if (!json) {
            result[0] = (byte) header.length;
            result[1] = (byte) (header.length >> 8);
        }
        return result;
    }
}
