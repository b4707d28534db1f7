package dev.iterscope.engine.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Writes a model as a folder in Hugging Face's layout: `config.json`, `model.safetensors`, `tokenizer.json` and
/// `generation_config.json`. Matrices are written in the model's type, vectors (norms and biases) as F32.
public final class CheckpointWriter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ModelConfig model;
    private final TensorSource source;

    /// @param model  architecture; its type is F32, F16 or BF16
    /// @param source where the weights come from
    public CheckpointWriter(ModelConfig model, TensorSource source) {
        if (!List.of(DataType.F32, DataType.F16, DataType.BF16).contains(model.weightType())) {
            throw new IllegalArgumentException("a checkpoint is written as F32, F16 or BF16, not " + model.weightType());
        }
        this.model = model;
        this.source = source;
    }

    /// Writes all files; the folder is made where it is missing, files in it are replaced.
    ///
    /// @param words the first words of the tokenizer's vocabulary; the others are numbered
    public void write(Path folder, List<String> words) throws IOException {
        Files.createDirectories(folder);
        writeJson(folder.resolve("config.json"), config());
        writeWeights(folder.resolve("model.safetensors"));
        writeJson(folder.resolve("tokenizer.json"), tokenizer(words));
        writeJson(folder.resolve("generation_config.json"), generation());
    }

    private static void writeJson(Path file, ObjectNode root) throws IOException {
        Files.writeString(file, root.toPrettyString() + "\n");
    }

    private ObjectNode config() {
        ObjectNode root = JSON.createObjectNode();
        root.putArray("architectures").add(className());
        root.put("model_type", className().replace("ForCausalLM", "").toLowerCase(Locale.ROOT));
        root.put("hidden_act", "silu").put("hidden_size", model.hiddenSize()).put("num_hidden_layers", model.layers());
        root.put("num_attention_heads", model.heads()).put("num_key_value_heads", model.kvHeads()).put("head_dim", model.headDim());
        root.put("intermediate_size", model.intermediateSize()).put("vocab_size", model.vocabSize());
        root.put("tie_word_embeddings", model.tiedEmbeddings()).put("rms_norm_eps", model.rmsNormEps());
        root.put("max_position_embeddings", model.maxModelLen()).put("torch_dtype", typeName());
        root.put("rope_theta", model.rope().theta());
        model.rope().scaling().ifPresent(scaling -> root.putObject("rope_scaling")
                .put("rope_type", "llama3")
                .put("factor", scaling.factor())
                .put("low_freq_factor", scaling.lowFreqFactor())
                .put("high_freq_factor", scaling.highFreqFactor())
                .put("original_max_position_embeddings", scaling.originalMaxPositionEmbeddings()));
        eos(root);
        return root;
    }

    private String className() {
        return switch (model.architecture()) {
            case QWEN2 -> "Qwen2ForCausalLM";
            case QWEN3 -> "Qwen3ForCausalLM";
            case LLAMA -> "LlamaForCausalLM";
            case MISTRAL -> "MistralForCausalLM";
        };
    }

    private String typeName() {
        return switch (model.weightType()) {
            case F32 -> "float32";
            case F16 -> "float16";
            default -> "bfloat16";
        };
    }

    private void eos(ObjectNode root) {
        if (!model.eosTokenIds().isEmpty()) {
            ArrayNode ids = root.putArray("eos_token_id");
            model.eosTokenIds().forEach(ids::add);
        }
    }

    private ObjectNode generation() {
        ObjectNode root = JSON.createObjectNode();
        root.put("do_sample", true).put("temperature", 0.6).put("top_k", 20).put("top_p", 0.95);
        eos(root);
        return root;
    }

    /// A tokenizer of whole words between blanks, in the format of the tokenizers library.
    private ObjectNode tokenizer(List<String> words) {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        root.putNull("normalizer").putObject("pre_tokenizer").put("type", "WhitespaceSplit");
        root.putNull("post_processor").putNull("decoder");
        ObjectNode vocabulary = root.putObject("model").put("type", "WordLevel").put("unk_token", "<unk>").putObject("vocab");
        for (int id = 0; id < model.vocabSize(); id++) {
            boolean end = model.eosTokenIds().contains(id);
            String word = end ? "<end-" + id + ">" : id < words.size() ? words.get(id) : id == words.size() ? "<unk>" : "w" + id;
            vocabulary.put(word, id);
            if (end) {
                added.addObject().put("id", id).put("content", word).put("single_word", false).put("lstrip", false).put("rstrip", false)
                        .put("normalized", false).put("special", true);
            }
        }
        return root;
    }

    private void writeWeights(Path file) throws IOException {
        List<TensorSpec> tensors = TensorSpec.all(model);
        ObjectNode header = JSON.createObjectNode();
        long at = 0;
        for (TensorSpec tensor : tensors) {
            DataType type = typeOf(tensor);
            ObjectNode node = header.putObject(tensor.name()).put("dtype", type.name());
            ArrayNode shape = node.putArray("shape");
            if (tensor.rows() > 1) {
                shape.add(tensor.rows());
            }
            shape.add(tensor.columns());
            long end = at + (long) tensor.rows() * tensor.columns() * type.bytes();
            node.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        int padding = -text.length & 7; // so that the data begins at a multiple of 8 bytes, as the format's own writer has it
        try (OutputStream out = Files.newOutputStream(file)) {
            ByteBuffer begin = ByteBuffer.allocate(Long.BYTES + text.length + padding).order(ByteOrder.LITTLE_ENDIAN);
            begin.putLong(text.length + padding).put(text);
            while (begin.hasRemaining()) {
                begin.put((byte) ' ');
            }
            out.write(begin.array());
            for (TensorSpec tensor : tensors) {
                writeRows(tensor, out);
            }
        }
    }

    private DataType typeOf(TensorSpec tensor) {
        return tensor.rows() == 1 ? DataType.F32 : model.weightType();
    }

    private void writeRows(TensorSpec tensor, OutputStream out) throws IOException {
        DataType type = typeOf(tensor);
        float[] row = new float[tensor.columns()];
        ByteBuffer bytes = ByteBuffer.allocate(row.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < tensor.rows(); r++) {
            source.readRow(tensor.name(), tensor.rows(), row.length, r, row);
            bytes.clear();
            for (float value : row) {
                switch (type) {
                    case F32 -> bytes.putFloat(value);
                    case F16 -> bytes.putShort(Float.floatToFloat16(value));
                    default -> bytes.putShort(bfloat16(value));
                }
            }
            out.write(bytes.array());
        }
    }

    /// The upper half of the nearest float whose lower half is zero; ties go to even.
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }
}
