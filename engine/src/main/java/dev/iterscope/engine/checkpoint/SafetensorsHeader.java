package dev.iterscope.engine.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// The header of a safetensors file: a JSON object from tensor names to type, shape and byte range
/// (https://github.com/huggingface/safetensors, "Format").
///
/// Nothing in it is believed: ranges must lie in the file, must not overlap, must leave no byte over, as the format has it, and must be
/// as long as type and shape say.
///
/// @param entries tensors in ascending order of their bytes
record SafetensorsHeader(List<Entry> entries) {
    private static final String REMEDY = "the file is damaged; download it again";
    private static final String METADATA = "__metadata__";
    private static final int MAX_NAME = 512;
    private static final int MAX_DEPTH = 8;
    private static final int MAX_DIMENSIONS = 16;

    /// Bits of an element, by the names of the format's own table.
    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E8M0", 8),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("I64", 64),
            Map.entry("U64", 64),
            Map.entry("F64", 64));

    /// One tensor.
    ///
    /// @param begin first byte, from the begin of the data
    /// @param end   byte after the last one
    record Entry(String name, String dtype, List<Long> shape, long begin, long end) {}

    SafetensorsHeader {
        entries = List.copyOf(entries);
    }

    /// Reads and checks a header.
    ///
    /// @param file      name for messages
    /// @param json      the header's bytes
    /// @param dataBytes bytes of the file after the header
    /// @throws UserInputException naming file, tensor and what is wrong
    static SafetensorsHeader parse(String file, byte[] json, long dataBytes) {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : root(file, json).properties()) {
            if (!field.getKey().equals(METADATA)) {
                entries.add(entry(file, field.getKey(), field.getValue(), dataBytes));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long at = 0;
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (entry.begin < at) {
                throw problem(file, entry.name, "overlaps tensor " + printable(entries.get(i - 1).name));
            }
            requireNoneOver(file, at, entry.begin);
            at = entry.end;
        }
        requireNoneOver(file, at, dataBytes);
        return new SafetensorsHeader(entries);
    }

    private static void requireNoneOver(String file, long begin, long end) {
        if (begin < end) {
            throw UserInputException.input(file, "header", "bytes " + begin + " to " + end + " of the data belong to no tensor", REMEDY);
        }
    }

    private static JsonNode root(String file, byte[] json) {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNameLength(MAX_NAME)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        try (JsonParser parser = factory.createParser(json)) {
            JsonNode root = JsonMapper.builder(factory).build().readTree(parser);
            if (root == null || !root.isObject() || parser.nextToken() != null) {
                throw UserInputException.input(file, "header", "not one JSON object", REMEDY);
            }
            return root;
        } catch (JsonProcessingException e) {
            throw UserInputException.input(file, "header", "not valid JSON", REMEDY);
        } catch (IOException e) {
            throw UserInputException.input(file, "header", "cannot be read", REMEDY);
        }
    }

    private static Entry entry(String file, String name, JsonNode node, long dataBytes) {
        String dtype = node.path("dtype").asText("");
        Integer bits = BITS.get(dtype);
        if (bits == null) {
            throw problem(file, name, "unknown dtype '" + printable(dtype) + "'");
        }
        List<Long> shape = shape(file, name, node.path("shape"));
        JsonNode offsets = node.path("data_offsets");
        if (!offsets.isArray() || offsets.size() != 2 || !isCount(offsets.get(0)) || !isCount(offsets.get(1))) {
            throw problem(file, name, "data_offsets are not two byte positions");
        }
        long begin = offsets.get(0).asLong();
        long end = offsets.get(1).asLong();
        if (begin > end || end > dataBytes) {
            throw problem(file, name, "bytes " + begin + " to " + end + " lie outside the file's " + dataBytes + " bytes of data");
        }
        OptionalLong bytes = bytes(shape, bits);
        if (bytes.isEmpty() || bytes.getAsLong() != end - begin) {
            throw problem(file, name, "shape " + shape + " of " + dtype + " does not take " + (end - begin) + " bytes");
        }
        return new Entry(name, dtype, shape, begin, end);
    }

    private static List<Long> shape(String file, String name, JsonNode node) {
        if (!node.isArray() || node.size() > MAX_DIMENSIONS) {
            throw problem(file, name, "shape is not a short list");
        }
        List<Long> shape = new ArrayList<>();
        for (JsonNode dimension : node) {
            if (!isCount(dimension)) {
                throw problem(file, name, "shape is not a list of sizes");
            }
            shape.add(dimension.asLong());
        }
        return shape;
    }

    private static boolean isCount(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0;
    }

    /// Bytes of a tensor; empty when they cannot be counted.
    private static OptionalLong bytes(List<Long> shape, int bits) {
        try {
            long elements = 1;
            for (long dimension : shape) {
                elements = Math.multiplyExact(elements, dimension);
            }
            return OptionalLong.of(Math.multiplyExact(elements, (long) bits / Byte.SIZE));
        } catch (ArithmeticException e) {
            return OptionalLong.empty();
        }
    }

    private static UserInputException problem(String file, String tensor, String what) {
        return UserInputException.input(file, "tensor " + printable(tensor), what, REMEDY);
    }

    /// Keeps messages short and on one line, whatever the file calls its tensors.
    static String printable(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return cut.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    }
}
