package dev.iterscope.projection.importer.source;

import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Settings;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Collects what sources say about an engine's settings, in any order. The last word counts; facts that were said differently are
/// remembered, since a recording over a change of settings describes two engines.
public final class SettingsDraft {

    private final Map<Fact, Object> values = new EnumMap<>(Fact.class);
    private final Set<Fact> contradicted = EnumSet.noneOf(Fact.class);
    private List<Integer> captureSizes = List.of();
    private List<String> serverArguments = List.of();
    private @Nullable ModelFacts model;

    /// A fact that is text; blank text says nothing.
    public void say(Fact fact, @Nullable String value) {
        if (value != null && !value.isBlank()) {
            put(fact, value);
        }
    }

    /// A fact that is a count; a count below 1 says nothing (of a limit, 0 says that there is none), and one that does not fit is left out.
    public void say(Fact fact, long value) {
        if (value < (fact == Fact.LONG_PREFILL_TOKEN_THRESHOLD ? 0 : 1)) {
            return;
        }
        if (fact.type() == Integer.class) {
            if (value <= Integer.MAX_VALUE) {
                put(fact, (int) value);
            }
        } else {
            put(fact, value);
        }
    }

    /// A fact that is a share.
    public void say(Fact fact, double value) {
        if (value >= 0 && value <= 1) {
            put(fact, value);
        }
    }

    /// A fact that is yes or no.
    public void say(Fact fact, boolean value) {
        put(fact, value);
    }

    /// CUDA-graph capture sizes.
    public void captureSizes(List<Integer> sizes) {
        if (!sizes.isEmpty()) {
            captureSizes = sizes.stream().sorted().distinct().toList();
        }
    }

    /// The words of the command line that the server was started with. Of several starts the first counts.
    public void serverArguments(List<String> words) {
        if (serverArguments.isEmpty()) {
            serverArguments = List.copyOf(words);
        }
    }

    /// The model's architecture.
    public void model(ModelFacts facts) {
        model = facts;
        say(Fact.MODEL, facts.name());
    }

    /// Whether a fact is known.
    public boolean knows(Fact fact) {
        return values.containsKey(fact);
    }

    /// Takes over what another draft says.
    public void addAll(Settings other) {
        other.engineName().ifPresent(value -> say(Fact.ENGINE_NAME, value));
        other.engineVersion().ifPresent(value -> say(Fact.ENGINE_VERSION, value));
        other.maxNumBatchedTokens().ifPresent(value -> say(Fact.MAX_NUM_BATCHED_TOKENS, value));
        other.maxNumSeqs().ifPresent(value -> say(Fact.MAX_NUM_SEQS, value));
        other.maxModelLen().ifPresent(value -> say(Fact.MAX_MODEL_LEN, value));
        other.blockSize().ifPresent(value -> say(Fact.BLOCK_SIZE, value));
        other.kvBlocks().ifPresent(value -> say(Fact.KV_BLOCKS, value));
        other.kvCapacityTokens().ifPresent(value -> say(Fact.KV_CAPACITY_TOKENS, value));
        other.kvType().ifPresent(value -> say(Fact.KV_TYPE, value));
        other.asyncScheduling().ifPresent(value -> say(Fact.ASYNC_SCHEDULING, value));
        other.prefixCaching().ifPresent(value -> say(Fact.PREFIX_CACHING, value));
        other.chunkedPrefill().ifPresent(value -> say(Fact.CHUNKED_PREFILL, value));
        other.reserveFullIsl().ifPresent(value -> say(Fact.RESERVE_FULL_ISL, value));
        other.watermark().ifPresent(value -> say(Fact.WATERMARK, value));
        other.longPrefillTokenThreshold().ifPresent(value -> say(Fact.LONG_PREFILL_TOKEN_THRESHOLD, value));
        other.policy().ifPresent(value -> say(Fact.POLICY, value));
        other.tensorParallel().ifPresent(value -> say(Fact.TENSOR_PARALLEL, value));
        other.dataParallel().ifPresent(value -> say(Fact.DATA_PARALLEL, value));
        other.pipelineParallel().ifPresent(value -> say(Fact.PIPELINE_PARALLEL, value));
        other.attentionBackend().ifPresent(value -> say(Fact.ATTENTION_BACKEND, value));
        other.model().ifPresent(value -> say(Fact.MODEL, value));
        other.backend().ifPresent(value -> say(Fact.BACKEND, value));
        captureSizes(other.captureSizes());
        serverArguments(other.serverArguments());
        other.modelFacts().ifPresent(this::model);
    }

    /// Facts that were said differently in the course of the recording.
    public Set<Fact> contradicted() {
        return EnumSet.copyOf(contradicted);
    }

    /// The settings known by now.
    public Settings build() {
        return new Settings(
                text(Fact.ENGINE_NAME),
                text(Fact.ENGINE_VERSION),
                count(Fact.MAX_NUM_BATCHED_TOKENS),
                count(Fact.MAX_NUM_SEQS),
                count(Fact.MAX_MODEL_LEN),
                count(Fact.BLOCK_SIZE),
                large(Fact.KV_BLOCKS),
                large(Fact.KV_CAPACITY_TOKENS),
                text(Fact.KV_TYPE),
                flag(Fact.ASYNC_SCHEDULING),
                flag(Fact.PREFIX_CACHING),
                flag(Fact.CHUNKED_PREFILL),
                flag(Fact.RESERVE_FULL_ISL),
                values.get(Fact.WATERMARK) instanceof Double share ? OptionalDouble.of(share) : OptionalDouble.empty(),
                count(Fact.LONG_PREFILL_TOKEN_THRESHOLD),
                text(Fact.POLICY),
                count(Fact.TENSOR_PARALLEL),
                count(Fact.DATA_PARALLEL),
                count(Fact.PIPELINE_PARALLEL),
                text(Fact.ATTENTION_BACKEND),
                captureSizes,
                text(Fact.MODEL),
                Optional.ofNullable(model),
                text(Fact.BACKEND),
                serverArguments);
    }

    private void put(Fact fact, Object value) {
        if (!fact.type().isInstance(value)) {
            throw new IllegalArgumentException(fact + " is not a " + value.getClass().getSimpleName());
        }
        Object before = values.put(fact, value);
        if (before != null && !before.equals(value)) {
            contradicted.add(fact);
        }
    }

    private Optional<String> text(Fact fact) {
        return values.get(fact) instanceof String value ? Optional.of(value) : Optional.empty();
    }

    private OptionalInt count(Fact fact) {
        return values.get(fact) instanceof Integer value ? OptionalInt.of(value) : OptionalInt.empty();
    }

    private OptionalLong large(Fact fact) {
        return values.get(fact) instanceof Long value ? OptionalLong.of(value) : OptionalLong.empty();
    }

    private Optional<Boolean> flag(Fact fact) {
        return values.get(fact) instanceof Boolean value ? Optional.of(value) : Optional.empty();
    }
}
