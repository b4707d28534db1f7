package dev.iterscope.projection.model.table;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.StepTables;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Tables of whole layers hold for the model and the number of ranks that were measured, and for no other: nothing in them says how a layer
/// of another width would do. What was measured is in LLMServingSim's `meta.yaml`.
/// An excerpt of a larger profile holds for what it was cut to, likewise.
///
/// @param ranks    tensor-parallel ranks that the tables are of
/// @param sizedFor the number of ranks that the sizes are of, which need not be the same; 1 for the whole model
/// @param sizes    dimensions of one of `sizedFor` ranks by their key in `config.json`; those that are not known are missing
public record MeasuredLayers(int ranks, int sizedFor, Map<String, Integer> sizes) {
    static final String RANKS = "tensor_parallel_size";

    /// Keeps an unmodifiable copy.
    public MeasuredLayers {
        sizes = Map.copyOf(sizes);
    }

    /// What a profile's layers are of; empty where its tables are of single kernels with their sizes.
    static Optional<MeasuredLayers> of(Profile profile) {
        if (!isOfLayers(profile.tables().stream().map(table -> table.table()).toList())) {
            return Optional.empty();
        }
        return Optional.of(ProfileMeta.of(profile.folder())
                .map(meta -> new MeasuredLayers(meta.ranks(profile.folder()), meta.sizedFor(), meta.sizes()))
                .orElse(new MeasuredLayers(RankFolders.of(profile.folder()).orElse(1), 1, Map.of())));
    }

    /// The same of a model file, which does not say more than that its tables are of layers of one rank.
    static Optional<MeasuredLayers> of(List<KernelTable> tables) {
        return isOfLayers(tables) ? Optional.of(new MeasuredLayers(1, 1, Map.of())) : Optional.empty();
    }

    /// What an excerpt for a model is of.
    public static MeasuredLayers excerptFor(ModelConfig model, int ranks) {
        return new MeasuredLayers(ranks, 1, dimensions(model));
    }

    private static Map<String, Integer> dimensions(ModelConfig model) {
        return Map.of("hidden_size", model.hiddenSize(), "intermediate_size", model.intermediateSize(), "num_attention_heads",
                model.heads(), "num_key_value_heads", model.kvHeads(), "vocab_size", model.vocabSize());
    }

    private static boolean isOfLayers(List<KernelTable> tables) {
        return tables.stream().anyMatch(table -> table.name().equals("qkv_proj") || StepTables.isStep(table.name()));
    }

    /// @throws UserInputException where another model, or another number of ranks, is asked for
    void check(Path source, ModelConfig model, int wantedRanks) {
        if (wantedRanks != ranks) {
            throw UserInputException
                    .usage("--tensor-parallel-size " + wantedRanks + ": the kernels in " + source + " are of " + ranks
                            + (ranks == 1 ? " rank" : " ranks") + "; other numbers need tables of single kernels (AIConfigurator)");
        }
        new TreeMap<>(dimensions(model)).forEach((key, value) -> {
            Integer measured = sizes.get(key);
            int share = share(key, value);
            if (measured != null && measured != share) {
                String each = sizedFor == 1 ? "" : " on each of " + sizedFor + " ranks";
                throw UserInputException
                        .usage("--model " + model.name() + ": the kernels in " + source + " are of a model with " + key + " "
                                + measured + each + ", this one has " + share);
            }
        });
    }

    /// What one rank has of a dimension; a KV head that cannot be split is there on several ranks.
    private int share(String key, int whole) {
        return key.equals("hidden_size") ? whole : Math.max(1, whole / sizedFor);
    }
}
