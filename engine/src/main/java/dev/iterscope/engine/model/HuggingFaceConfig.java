package dev.iterscope.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelConfig.Llama3Scaling;
import dev.iterscope.engine.model.ModelConfig.Rope;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads a Hugging Face `config.json` of the families Llama, Qwen2, Qwen3 and Mistral.
///
/// Strict: what would change the arithmetic and is not supported (another activation, quantised weights, sliding windows in use,
/// other rotary scalings) is refused rather than ignored. Keys that do not concern inference are skipped. The keys and their
/// defaults are those of the `transformers` configuration classes.
public final class HuggingFaceConfig {
    private static final long MAX_FILE_BYTES = 1 << 20;
    private static final int MAX_DIMENSION = 1 << 24;
    private static final int MAX_LAYERS = 4096;

    private final String file;
    private final JsonNode root;

    private HuggingFaceConfig(String file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /// Reads the file; the model gets the name of its folder.
    ///
    /// @throws UserInputException when the file cannot be read or says something that is not supported
    public static ModelConfig read(Path file) {
        return new HuggingFaceConfig(file.toString(), parse(file)).toModel(nameOf(file));
    }

    private static String nameOf(Path file) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        return folder == null || folder.getFileName() == null ? "model" : folder.getFileName().toString();
    }

    private static JsonNode parse(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw problem(file.toString(), "", "larger than a model configuration can be", "name the model's config.json");
            }
            JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(file));
            if (root == null || !root.isObject()) {
                throw problem(file.toString(), "", "not a JSON object", "name the model's config.json");
            }
            return root;
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr();
            throw problem(file.toString(), place, "not JSON", "name the model's config.json");
        } catch (IOException e) {
            throw problem(file.toString(), "", "cannot be read", "check that the file exists and may be read");
        }
    }

    private ModelConfig toModel(String name) {
        Architecture architecture = architecture();
        refuseUnsupported(architecture);
        int hidden = dimension("hidden_size", MAX_DIMENSION);
        int heads = dimension("num_attention_heads", MAX_DIMENSION);
        int vocabSize = dimension("vocab_size", MAX_DIMENSION);
        int kvHeads = root.hasNonNull("num_key_value_heads") ? dimension("num_key_value_heads", MAX_DIMENSION) : heads;
        try {
            return new ModelConfig(
                    name,
                    architecture,
                    hidden,
                    dimension("num_hidden_layers", MAX_LAYERS),
                    heads,
                    kvHeads,
                    headDim(architecture, hidden, heads),
                    dimension("intermediate_size", MAX_DIMENSION),
                    vocabSize,
                    flag("tie_word_embeddings", false),
                    architecture == Architecture.QWEN3,
                    architecture == Architecture.QWEN2 || flag("attention_bias", false),
                    (float) number("rms_norm_eps", 1e-6),
                    rope(),
                    dimension("max_position_embeddings", Integer.MAX_VALUE),
                    weightType(),
                    eosTokenIds(vocabSize));
        } catch (IllegalArgumentException e) {
            throw problem(file, "", String.valueOf(e.getMessage()), "correct the file");
        }
    }

    private Architecture architecture() {
        String name = root.path("architectures").path(0).asText(root.path("model_type").asText(""));
        return switch (name) {
            case "LlamaForCausalLM", "llama" -> Architecture.LLAMA;
            case "MistralForCausalLM", "mistral" -> Architecture.MISTRAL;
            case "Qwen2ForCausalLM", "qwen2" -> Architecture.QWEN2;
            case "Qwen3ForCausalLM", "qwen3" -> Architecture.QWEN3;
            case "" -> throw problem(file, "key architectures", "missing", "name the config.json of a language model");
            default ->
                    throw problem(
                            file,
                            "key architectures",
                            "'" + printable(name) + "' is not supported",
                            "use a LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM or Qwen3ForCausalLM model");
        };
    }

    private void refuseUnsupported(Architecture architecture) {
        String activation = root.path("hidden_act").asText("silu");
        if (!activation.equals("silu")) {
            throw problem(file, "key hidden_act", "'" + printable(activation) + "' is not supported", "only silu is");
        }
        if (root.hasNonNull("quantization_config")) {
            throw problem(file, "key quantization_config", "quantised checkpoints are not supported", "use the unquantised model");
        }
        if (flag("mlp_bias", false)) {
            throw problem(file, "key mlp_bias", "a bias in the MLP is not supported", "use a model without");
        }
        boolean windowByDefault = architecture == Architecture.MISTRAL;
        if (root.hasNonNull("sliding_window") && flag("use_sliding_window", windowByDefault)) {
            throw problem(file, "key sliding_window", "sliding-window attention is not supported", "set it to null or use another model");
        }
        if (architecture == Architecture.QWEN3 && flag("attention_bias", false)) {
            throw problem(file, "key attention_bias", "Qwen3 with biases is not supported", "use a model without");
        }
        if (architecture != Architecture.QWEN2 && architecture != Architecture.QWEN3 && flag("attention_bias", false)) {
            throw problem(file, "key attention_bias", "a bias in the output projection is not supported", "use a model without");
        }
    }

    private int headDim(Architecture architecture, int hidden, int heads) {
        if (root.hasNonNull("head_dim")) {
            return dimension("head_dim", MAX_DIMENSION);
        }
        if (architecture == Architecture.QWEN3) {
            return 128;
        }
        if (hidden % heads != 0) {
            throw problem(file, "key head_dim", "missing, and hidden_size is not a multiple of num_attention_heads", "add head_dim");
        }
        return hidden / heads;
    }

    private Rope rope() {
        JsonNode parameters = root.path("rope_parameters");
        JsonNode scaling = parameters.isObject() ? parameters : root.path("rope_scaling");
        double theta = parameters.hasNonNull("rope_theta")
                ? positive(parameters, "rope_parameters.rope_theta", "rope_theta")
                : number("rope_theta", 10000);
        if (!scaling.isObject()) {
            return new Rope(theta, Optional.empty());
        }
        String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
        return switch (type) {
            case "default" -> new Rope(theta, Optional.empty());
            case "llama3" -> new Rope(theta, Optional.of(llama3(scaling)));
            default -> throw problem(file, "key rope_scaling", "'" + printable(type) + "' is not supported", "only default and llama3 are");
        };
    }

    private Llama3Scaling llama3(JsonNode scaling) {
        double low = positive(scaling, "rope_scaling.low_freq_factor", "low_freq_factor");
        double high = positive(scaling, "rope_scaling.high_freq_factor", "high_freq_factor");
        double original = positive(
                scaling, "rope_scaling.original_max_position_embeddings", "original_max_position_embeddings");
        if (high <= low || original > Integer.MAX_VALUE) {
            throw problem(file, "key rope_scaling", "high_freq_factor must exceed low_freq_factor", "correct the file");
        }
        return new Llama3Scaling(positive(scaling, "rope_scaling.factor", "factor"), low, high, (int) original);
    }

    private DataType weightType() {
        String type = root.path("torch_dtype").asText(root.path("dtype").asText("bfloat16"));
        return switch (type) {
            case "bfloat16" -> DataType.BF16;
            case "float16" -> DataType.F16;
            case "float32" -> DataType.F32;
            default ->
                    throw problem(file, "key torch_dtype", "'" + printable(type) + "' is not supported",
                            "use float32, float16 or bfloat16");
        };
    }

    private List<Integer> eosTokenIds(int vocabSize) {
        JsonNode node = root.path("eos_token_id");
        List<Integer> ids = new ArrayList<>();
        for (JsonNode id : node.isArray() ? node : List.of(node)) {
            if (id.isMissingNode() || id.isNull()) {
                continue;
            }
            if (!id.isInt() || id.asInt() < 0) {
                throw problem(file, "key eos_token_id", "not a token id", "correct the file");
            }
            if (id.asInt() >= vocabSize) {
                throw problem(file, "key eos_token_id", "token " + id.asInt() + " is none of the " + vocabSize + " of vocab_size",
                        "correct the file");
            }
            ids.add(id.asInt());
        }
        return ids;
    }

    private int dimension(String key, int max) {
        JsonNode node = root.path(key);
        if (!node.isInt() || node.asInt() < 1 || node.asInt() > max) {
            String what = node.isMissingNode() ? "missing" : "'" + printable(node.asText()) + "' is not a number from 1 to " + max;
            throw problem(file, "key " + key, what, "name the config.json of a language model");
        }
        return node.asInt();
    }

    private double number(String key, double byDefault) {
        return root.hasNonNull(key) ? positive(root, key, key) : byDefault;
    }

    private double positive(JsonNode parent, String place, String key) {
        JsonNode node = parent.path(key);
        if (!node.isNumber() || !(node.asDouble() > 0) || Double.isInfinite(node.asDouble())) {
            throw problem(file, "key " + place, node.isMissingNode() ? "missing" : "not a positive number", "correct the file");
        }
        return node.asDouble();
    }

    private boolean flag(String key, boolean byDefault) {
        JsonNode node = root.path(key);
        if (node.isMissingNode() || node.isNull()) {
            return byDefault;
        }
        if (!node.isBoolean()) {
            throw problem(file, "key " + key, "neither true nor false", "correct the file");
        }
        return node.asBoolean();
    }

    private static String printable(String text) {
        String cut = text.length() > 60 ? text.substring(0, 60) + "..." : text;
        return cut.replaceAll("\\p{Cntrl}", "?");
    }

    private static UserInputException problem(String file, String place, String what, String remedy) {
        return UserInputException.input(file, place, what, remedy);
    }
}
