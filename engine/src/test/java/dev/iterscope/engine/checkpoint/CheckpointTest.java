package dev.iterscope.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final String HEADER =
            """
                    {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
                    "b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"I64","shape":[],"data_offsets":[32,40]}}\
                    """;
    private static final int DATA = 40;

    @TempDir
    Path folder;

    @Test
    void readsTensorsWithoutCopying() throws IOException {
        write("model.safetensors", HEADER, DATA);

        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            Tensor a = checkpoint.require("a", List.of(2L, 3L));
            assertThat(a.dtype()).isEqualTo("F32");
            assertThat(a.data().byteSize()).isEqualTo(24);
            assertThat(a.data().get(ValueLayout.JAVA_BYTE, 5)).isEqualTo((byte) 5);
            assertThat(checkpoint.require("b", List.of(4L)).data().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 24);
            assertThat(checkpoint.find("nothing")).isEmpty();
        }
    }

    @Test
    void readsShards() throws IOException {
        write("one.safetensors", "{\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4);
        write("two.safetensors", "{\"y\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 2);
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\":{},\"weight_map\":{\"x\":\"one.safetensors\",\"y\":\"two.safetensors\"}}");

        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.require("x", List.of(2L)).file()).endsWith("one.safetensors");
            assertThat(checkpoint.require("y", List.of(1L)).file()).endsWith("two.safetensors");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../one.safetensors", "/etc/passwd", "sub/one.safetensors", "one.bin"})
    void aShardElsewhereIsRefused(String shard) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"x\":\"" + shard + "\"}}");

        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(UserInputException.class).hasMessageContaining("plain file name");
    }

    @Test
    void aTensorThatTheIndexPromisesMustBeThere() throws IOException {
        write("one.safetensors", "{\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4);
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"x\":\"one.safetensors\",\"z\":\"one.safetensors\"}}");

        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(UserInputException.class).hasMessageContaining("tensor z");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"x":"one.safetensors","y":"two.safetensors"}                         | x | y |   |
            {"x":"one.safetensors","y":"two.safetensors"}                         | x | x | y | two.safetensors, tensor x: stands in
            {"x":"one.safetensors"}                                               | x |   | q | index.json, tensor q: missing
            {"x":"one.safetensors"}                                               | x | y |   | one.safetensors, tensor y: not named by
            {"x":"two.safetensors","y":"two.safetensors"}                         | x | y |   | two.safetensors, tensor x: named by
            {"x":"one.safetensors","y":"three.safetensors"}                       | x | y |   | three.safetensors: no such file
            """)
    void anIndexAndItsShardsMustAgree(
            String map, String inOne, @Nullable String inTwo, @Nullable String alsoInTwo, @Nullable String refused) throws IOException {
        boolean single = inTwo != null && !map.contains("two");
        write("one.safetensors", header(single ? List.of(inOne, inTwo) : List.of(inOne)), single ? 8 : 4);
        List<String> second = Stream.of(inTwo, alsoInTwo).filter(Objects::nonNull).toList();
        write("two.safetensors", header(second), 4 * second.size());
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":" + map + "}");

        if (refused == null) {
            try (Checkpoint checkpoint = Checkpoint.open(folder)) {
                assertThat(checkpoint.all()).hasSize(2);
            }
            return;
        }
        assertThatThrownBy(() -> {
            try (Checkpoint checkpoint = Checkpoint.open(folder)) {
                assertThat(checkpoint.require(alsoInTwo == null ? "x" : alsoInTwo, List.of(2L)).file()).isNotEmpty();
            }
        }).isInstanceOf(UserInputException.class).hasMessageContaining(refused);
    }

    /// A header of tensors of four bytes each.
    private static String header(List<String> names) {
        return IntStream.range(0, names.size())
                .mapToObj(i -> "\"" + names.get(i) + "\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[" + 4 * i + "," + (4 * i + 4)
                        + "]}")
                .collect(Collectors.joining(",", "{", "}"));
    }

    /// As `transformers` has it; that there was a choice is told.
    @Test
    void ofASingleFileAndShardsTheFileIsRead() throws IOException {
        write("model.safetensors", HEADER, DATA);
        assertThat(Checkpoint.choice(folder)).isEmpty();
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"x\":\"missing.safetensors\"}}");

        assertThat(Checkpoint.choice(folder)).hasValueSatisfying(choice -> assertThat(choice).contains("the first is read"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.find("a")).isPresent();
        }
    }

    @Test
    void whatIsNoFileIsNotWaitedFor() throws IOException {
        Files.createDirectory(folder.resolve("model.safetensors"));
        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(UserInputException.class).hasMessageContaining("is not a file");
    }

    @Test
    void aFileThatChangesWhileItIsOpenIsNoticed() throws IOException {
        Path file = folder.resolve("model.safetensors");
        write("model.safetensors", HEADER, DATA);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            checkpoint.requireUnchanged();
            Files.setLastModifiedTime(file, FileTime.fromMillis(0));
            assertThatThrownBy(checkpoint::requireUnchanged).isInstanceOf(UserInputException.class).hasMessageContaining("written to");
            write("model.safetensors", HEADER, DATA - 1); // its last page is still there: bytes behind the end read as zeros
            assertThatThrownBy(checkpoint::requireUnchanged).isInstanceOf(UserInputException.class).hasMessageContaining("bytes when");
            Files.delete(file);
            assertThatThrownBy(checkpoint::requireUnchanged).isInstanceOf(UserInputException.class).hasMessageContaining("no longer there");
        }
    }

    @Test
    void aShapeOtherThanTheConfigurationsIsRefused() throws IOException {
        write("model.safetensors", HEADER, DATA);

        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThatThrownBy(() -> checkpoint.require("a", List.of(3L, 2L)))
                    .isInstanceOf(UserInputException.class)
                    .hasMessageContaining("[2, 3]")
                    .hasMessageContaining("[3, 2]");
            assertThatThrownBy(() -> checkpoint.require("q", List.of(1L)))
                    .isInstanceOf(UserInputException.class)
                    .hasMessageContaining("model.safetensors, tensor q: missing");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [0,24]                    | [0,25]                              | does not take
            [24,32]                   | [20,28]                             | overlaps
            [32,40]                   | [33,41]                             | outside
            [32,40]                   | [40,32]                             | outside
            [32,40]                   | [-8,0]                              | byte positions
            [32,40]                   | [9223372036854775799,9223372036854775807] | outside
            [32,40]                   | [99999999999999999999,1]            | byte positions
            "shape":[2,3]             | "shape":[4294967296,4294967296]     | does not take
            "shape":[2,3]             | "shape":[2,-3]                      | sizes
            "shape":[2,3]             | "shape":"six"                       | short list
            "dtype":"F32"             | "dtype":"F33"                       | unknown dtype
            "b":{                     | "a":{                               | not valid JSON
            [24,32]                   | [24,30]                             | does not take
            "b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}, |       | bytes 24 to 32 of the data belong to no tensor
            ,"c":{"dtype":"I64","shape":[],"data_offsets":[32,40]} |         | bytes 32 to 40 of the data belong to no tensor
            {"format":"pt"}           | {"format":"pt"                      | not valid JSON
            "c":{                     | "c":1,"d":{                         | unknown dtype
            """)
    void aLyingHeaderIsOneLineNamingTheTensor(String from, @Nullable String to, String mentioned) throws IOException {
        String header = HEADER.replace(from, to == null ? "" : to);
        assertThat(header).isNotEqualTo(HEADER);
        write("model.safetensors", header, DATA);

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining(mentioned)
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 100_000_001, 5000})
    void aLyingHeaderLengthIsRefused(long length) throws IOException {
        byte[] json = HEADER.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + DATA).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(json);
        Files.write(folder.resolve("model.safetensors"), bytes.array());

        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(UserInputException.class).hasMessageContaining("header");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 8, 20, 120})
    void aTruncatedFileIsRefused(int bytes) throws IOException {
        write("model.safetensors", HEADER, DATA);
        byte[] whole = Files.readAllBytes(folder.resolve("model.safetensors"));
        Files.write(folder.resolve("model.safetensors"), Arrays.copyOf(whole, bytes));

        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(UserInputException.class);
    }

    @Test
    void anEmptyFolderSaysWhatIsMissing() {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(UserInputException.class)
                .hasMessageContaining("model.safetensors.index.json");
    }

    /// Whatever bytes are changed, the file is read or refused in one line, and what is read lies inside the file.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void damagedFilesAreReadOrRefused(long seed) throws IOException {
        write("model.safetensors", HEADER, DATA);
        byte[] whole = Files.readAllBytes(folder.resolve("model.safetensors"));
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(5) == 0 ? random.nextInt(whole.length) : whole.length);
            for (int change = random.nextInt(6); change >= 0 && damaged.length > 0; change--) {
                int at = random.nextInt(Math.min(damaged.length, 8 + HEADER.length()));
                damaged[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) "0123456789[]{},:\"".charAt(random.nextInt(17));
            }
            Files.write(folder.resolve("model.safetensors"), damaged);
            try (Checkpoint checkpoint = Checkpoint.open(folder)) {
                for (String name : List.of("a", "b", "c")) {
                    checkpoint.find(name).ifPresent(t -> assertThat(t.data().byteSize()).isLessThanOrEqualTo(damaged.length));
                }
            } catch (UserInputException e) {
                assertThat(e.getMessage()).as("round %d", round).doesNotContain("\n");
            }
        }
    }

    private void write(String name, String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        for (int i = 0; i < dataBytes; i++) {
            bytes.put((byte) i);
        }
        Files.write(folder.resolve(name), bytes.array());
    }
}
