package dev.iterscope.projection.answer;

import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.search.KvCapacity;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// Finds out how KV capacity depends on the token budget.
final class KvCapacities {
    /// Elements at the widest point of a layer that are in the weights' type, of 2 bytes.
    private static final int ACTIVATION_BYTES = DataType.BF16.bytes();

    private KvCapacities() {}

    /// In this order: given blocks; two recordings at different budgets; memory arithmetic from one recording and the model's
    /// dimensions; the recorded capacity at every budget; unknown.
    ///
    /// @param options   what the user said
    /// @param sources   what was recorded
    /// @param present   the recorded budget
    /// @param blockSize tokens in a block
    static KvCapacity resolve(ConditionOptions options, Sources sources, OptionalInt present, int blockSize) {
        if (options.kvBlocks().isPresent()) {
            long tokens = (options.kvBlocks().getAsInt() - 1L) * blockSize;
            return new KvCapacity.Constant(tokens, "KV capacity as given, at every budget");
        }
        Optional<KvCapacity> two = ofTwo(sources.each().stream().map(Recording::settings).toList());
        if (two.isPresent()) {
            return two.get();
        }
        Settings settings = sources.settings();
        OptionalLong recorded = settings.kvCapacityTokens();
        if (recorded.isEmpty()) {
            return options.blockSize().isPresent() && settings.kvBlocks().isPresent()
                    ? new KvCapacity.Constant(settings.kvBlocks().getAsLong() * blockSize,
                            "KV blocks as recorded, of the size given, at every budget")
                    : new KvCapacity.Unknown();
        }
        if (present.isPresent() && settings.modelFacts().isPresent()) {
            ModelFacts model = settings.modelFacts().get();
            return KvCapacity.ofMemory(
                    present.getAsInt(), recorded.getAsLong(), activationBytesPerToken(model), (double) model.kvBytesPerToken());
        }
        return new KvCapacity.Constant(
                recorded.getAsLong(),
                "KV capacity as recorded, at every budget: larger budgets leave less, smaller ones more");
    }

    private static Optional<KvCapacity> ofTwo(List<Settings> all) {
        List<Settings> known = all.stream()
                .filter(settings -> settings.maxNumBatchedTokens().isPresent() && settings.kvCapacityTokens().isPresent())
                .toList();
        for (Settings a : known) {
            for (Settings b : known) {
                if (a.maxNumBatchedTokens().getAsInt() < b.maxNumBatchedTokens().getAsInt()) {
                    return Optional.of(KvCapacity.ofTwo(
                            a.maxNumBatchedTokens().getAsInt(),
                            a.kvCapacityTokens().getAsLong(),
                            b.maxNumBatchedTokens().getAsInt(),
                            b.kvCapacityTokens().getAsLong()));
                }
            }
        }
        return Optional.empty();
    }

    /// Residual stream and its norm, q, k, v, attention output, gate, up and their product.
    private static double activationBytesPerToken(ModelFacts model) {
        double queryWidth = (double) model.heads() * model.headDim();
        double kvWidth = (double) model.kvHeads() * model.headDim();
        return (2.0 * model.hiddenSize() + 2 * queryWidth + 2 * kvWidth + 3.0 * model.intermediateSize()) * ACTIVATION_BYTES;
    }
}
