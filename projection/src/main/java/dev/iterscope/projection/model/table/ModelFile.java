package dev.iterscope.projection.model.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.Axis;
import dev.iterscope.projection.model.kernel.Kernel;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.StepTables;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Model files: what `fit` writes and `--kernel-model` reads. JSON that a person can read: for each kernel its unit, the names of
/// its sizes, and one line per measurement: the sizes, then the time. The model is made from these again when it is read; nothing
/// else is stored, so a file never disagrees with its version of the model. A file that was cut to one model's kernels says in `model`
/// of which dimensions they are.
///
/// ```json
/// { "format": "iterscope-kernel-model", "version": 1, "device": "NVIDIA H100 80GB HBM3",
///   "model": { "hidden_size": 4096, "tensor_parallel_size": 1 },
///   "kernels": [ { "name": "gemm", "kernel": "GEMM", "unit": "ms", "axes": ["m", "n", "k", "type"],
///                  "rows": [ [1, 4096, 4096, 0, 0.01606], ... ] } ] }
/// ```
public final class ModelFile {
    private static final String FORMAT = "iterscope-kernel-model";
    private static final int VERSION = 1;

    private ModelFile() {}

    /// What a file holds.
    ///
    /// @param device   the device measured
    /// @param measured the model that the tables were cut to; empty where they are not
    /// @param kernels  tables of its kernels
    public record Content(Optional<String> device, Optional<MeasuredLayers> measured, List<KernelTable> kernels) {}

    /// Writes a file.
    public static void write(Path file, Content content) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            out.write("{ \"format\": \"" + FORMAT + "\", \"version\": " + VERSION);
            if (content.device().isPresent()) {
                out.write(", \"device\": \"" + content.device().get().replaceAll("[\"\\\\\\p{Cntrl}]", "?") + "\"");
            }
            if (content.measured().isPresent()) {
                out.write(",\n  \"model\": { ");
                for (Map.Entry<String, Integer> size : new TreeMap<>(content.measured().get().sizes()).entrySet()) {
                    out.write("\"" + size.getKey() + "\": " + size.getValue() + ", ");
                }
                out.write("\"" + MeasuredLayers.RANKS + "\": " + content.measured().get().ranks() + " }");
            }
            out.write(",\n  \"kernels\": [");
            String separator = "\n";
            for (KernelTable table : content.kernels()) {
                out.write(separator);
                writeKernel(out, table);
                separator = ",\n";
            }
            out.write("\n  ] }\n");
        }
    }

    private static void writeKernel(BufferedWriter out, KernelTable table) throws IOException {
        List<String> axes = table.kernel().axes().stream().map(axis -> "\"" + axis.name() + "\"").toList();
        out.write("    { \"name\": \"" + table.name() + "\", \"kernel\": \"" + table.kernel().name() + "\", \"unit\": \""
                + table.unit().label() + "\", \"axes\": [" + String.join(", ", axes) + "],\n      \"rows\": [");
        for (int row = 0; row < table.size(); row++) {
            String sizes = Arrays.toString(table.sizes(row));
            out.write((row == 0 ? "\n" : ",\n") + "        " + sizes.substring(0, sizes.length() - 1) + ", "
                    + String.format(Locale.ROOT, "%.6g", table.time(row)) + "]");
        }
        out.write("\n      ] }");
    }

    /// Reads a file.
    ///
    /// @throws UserInputException where it is no model file of a known version
    public static Content read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw UserInputException.input(file.toString(), "", "no such file", "write one with iterscope fit --write-model");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(file, in);
        }
    }

    /// Reads what a file holds, from wherever it is kept.
    ///
    /// @param file its name, for messages
    /// @param in   closed afterwards
    /// @throws UserInputException where it is no model file of a known version
    public static Content read(Path file, InputStream in) throws IOException {
        try (JsonParser json = new JsonFactory().createParser(in)) {
            return new Reader(file, json).content();
        } catch (JsonParseException fault) {
            throw unusable(file, "line " + fault.getLocation().getLineNr(), "not JSON (" + fault.getOriginalMessage() + ")");
        }
    }

    private static UserInputException unusable(Path file, String place, String what) {
        return UserInputException.input(file.toString(), place, what, "write it again with iterscope fit --write-model");
    }

    /// Reads one file, token by token: a model of a whole system has a hundred thousand rows.
    private static final class Reader {
        private final Path file;
        private final JsonParser json;
        private Optional<String> device = Optional.empty();
        private Optional<MeasuredLayers> measured = Optional.empty();
        private final List<KernelTable> kernels = new ArrayList<>();
        private boolean known;

        Reader(Path file, JsonParser json) {
            this.file = file;
            this.json = json;
        }

        Content content() throws IOException {
            expect(json.nextToken(), JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "format" -> known = FORMAT.equals(json.getText());
                    case "version" -> {
                        if (json.getValueAsInt() != VERSION) {
                            throw unusable(file, "",
                                    "version " + json.getText() + " of a model file; this program reads version " + VERSION);
                        }
                    }
                    case "device" -> device = Optional.of(json.getText());
                    case "model" -> measured = Optional.of(readModel());
                    case "kernels" -> readKernels();
                    default -> json.skipChildren();
                }
            }
            if (!known || kernels.isEmpty()) {
                throw unusable(file, "", "not a kernel model file");
            }
            return new Content(device, measured, List.copyOf(kernels));
        }

        private MeasuredLayers readModel() throws IOException {
            expect(json.currentToken(), JsonToken.START_OBJECT);
            Map<String, Integer> sizes = new TreeMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                expect(json.nextToken(), JsonToken.VALUE_NUMBER_INT);
                sizes.put(key, json.getIntValue());
            }
            Integer ranks = sizes.remove(MeasuredLayers.RANKS);
            return new MeasuredLayers(ranks == null ? 1 : ranks, 1, sizes);
        }

        private void readKernels() throws IOException {
            expect(json.currentToken(), JsonToken.START_ARRAY);
            while (json.nextToken() == JsonToken.START_OBJECT) {
                readKernel();
            }
        }

        private void readKernel() throws IOException {
            String name = "";
            Optional<Kernel> kernel = Optional.empty();
            Optional<KernelTable.TimeUnit> unit = Optional.empty();
            List<String> axes = List.of();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "name" -> name = json.getText();
                    case "kernel" -> {
                        String word = json.getText();
                        kernel = Arrays.stream(Kernel.values()).filter(k -> k.name().equals(word)).findFirst();
                    }
                    case "unit" -> {
                        String word = json.getText();
                        unit = Arrays.stream(KernelTable.TimeUnit.values()).filter(u -> u.label().equals(word)).findFirst();
                    }
                    case "axes" -> axes = readWords();
                    case "rows" -> {
                        if (kernel.isEmpty() || unit.isEmpty()) {
                            throw unusable(file, place(), "kernel and unit must be known and stand before rows");
                        }
                        // Files of before say that attention goes with tokens.
                        kernels.add(
                                readRows(name, StepTables.isStep(name) ? StepTables.kernel(name) : kernel.get(), unit.get(), axes.size()));
                    }
                    default -> json.skipChildren();
                }
            }
        }

        private List<String> readWords() throws IOException {
            List<String> words = new ArrayList<>();
            expect(json.currentToken(), JsonToken.START_ARRAY);
            while (json.nextToken() == JsonToken.VALUE_STRING) {
                words.add(json.getText());
            }
            expect(json.currentToken(), JsonToken.END_ARRAY);
            return words;
        }

        /// @param written sizes of a row as the file was written; those that kernels have got since are 0
        private KernelTable readRows(String name, Kernel kernel, KernelTable.TimeUnit unit, int written) throws IOException {
            List<Axis> axes = kernel.axes();
            int inFile = written == 0 ? axes.size() : Math.min(written, axes.size());
            List<int[]> rows = new ArrayList<>();
            List<Double> times = new ArrayList<>();
            expect(json.currentToken(), JsonToken.START_ARRAY);
            while (json.nextToken() == JsonToken.START_ARRAY) {
                int[] sizes = new int[axes.size()];
                for (int i = 0; i < inFile; i++) {
                    expect(json.nextToken(), JsonToken.VALUE_NUMBER_INT);
                    sizes[i] = json.getIntValue();
                }
                JsonToken time = json.nextToken();
                if (time == null || !time.isNumeric() || !(json.getDoubleValue() > 0)) {
                    throw unusable(file, place(), "a time must be a positive number");
                }
                times.add(json.getDoubleValue());
                expect(json.nextToken(), JsonToken.END_ARRAY);
                rows.add(sizes);
            }
            return new KernelTable(name, kernel, unit, rows.toArray(int[][]::new),
                    times.stream().mapToDouble(Double::doubleValue).toArray());
        }

        private String place() {
            return "line " + json.currentLocation().getLineNr();
        }

        private void expect(JsonToken found, JsonToken wanted) {
            if (found != wanted) {
                throw unusable(file, place(), "expected " + wanted + ", found " + found);
            }
        }
    }
}
