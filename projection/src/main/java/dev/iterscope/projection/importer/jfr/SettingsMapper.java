package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.ModelFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// `iterscope.EngineConfig`, `iterscope.Model` and `iterscope.Device`, which stand in every chunk.
final class SettingsMapper extends EventMapper {

    /// What no limit and no count is.
    private static final long UNKNOWN = -1;

    private final RecordingBuilder into;
    private final Model model = new Model();
    private final Device device = new Device();
    private final Column maxNumBatchedTokens = column("maxNumBatchedTokens");
    private final Column maxNumSeqs = column("maxNumSeqs");
    private final Column maxModelLen = column("maxModelLen");
    private final Column blockSize = column("blockSize");
    private final Column kvBlocksTotal = column("kvBlocksTotal");
    private final Column kvCapacityTokens = column("kvCapacityTokens");
    private final Column kvCacheDtype = column("kvCacheDtype");
    private final Column asyncScheduling = column("asyncScheduling");
    private final Column prefixCaching = column("prefixCaching");
    private final Column chunkedPrefill = column("chunkedPrefill");
    private final Column reserveFullIsl = column("reserveFullIsl");
    private final Column watermark = column("watermark");
    private final Column longPrefillTokenThreshold = column("longPrefillTokenThreshold");
    private final Column policy = column("policy");
    private final Column tensorParallelSize = column("tensorParallelSize");
    private final Column pipelineParallelSize = column("pipelineParallelSize");
    private final Column dataParallelSize = column("dataParallelSize");
    private final Column backend = column("backend");
    private final Column attentionBackend = column("attentionBackend");
    private final Column captureSizes = column("captureSizes");
    private final Column engineName = column("engineName");
    private final Column engineVersion = column("engineVersion");
    private final Column modelName = column("model");

    SettingsMapper(RecordingBuilder into) {
        this.into = into;
    }

    EventMapper model() {
        return model;
    }

    EventMapper device() {
        return device;
    }

    @Override
    void map(EventRow row) {
        SettingsDraft settings = into.settings();
        settings.say(Fact.MAX_NUM_BATCHED_TOKENS, maxNumBatchedTokens.integer(row, 0));
        settings.say(Fact.MAX_NUM_SEQS, maxNumSeqs.integer(row, 0));
        settings.say(Fact.MAX_MODEL_LEN, maxModelLen.integer(row, 0));
        settings.say(Fact.BLOCK_SIZE, blockSize.integer(row, 0));
        settings.say(Fact.KV_BLOCKS, kvBlocksTotal.integer(row, 0));
        settings.say(Fact.KV_CAPACITY_TOKENS, kvCapacityTokens.integer(row, 0));
        settings.say(Fact.KV_TYPE, kvCacheDtype.text(row));
        say(Fact.ASYNC_SCHEDULING, asyncScheduling, row);
        say(Fact.PREFIX_CACHING, prefixCaching, row);
        say(Fact.CHUNKED_PREFILL, chunkedPrefill, row);
        say(Fact.RESERVE_FULL_ISL, reserveFullIsl, row);
        settings.say(Fact.WATERMARK, watermark.real(row));
        settings.say(Fact.LONG_PREFILL_TOKEN_THRESHOLD, longPrefillTokenThreshold.integer(row, UNKNOWN));
        settings.say(Fact.POLICY, policy.text(row));
        settings.say(Fact.TENSOR_PARALLEL, tensorParallelSize.integer(row, 0));
        settings.say(Fact.PIPELINE_PARALLEL, pipelineParallelSize.integer(row, 0));
        settings.say(Fact.DATA_PARALLEL, dataParallelSize.integer(row, 0));
        settings.say(Fact.BACKEND, backend.text(row));
        settings.say(Fact.ATTENTION_BACKEND, attentionBackend.text(row));
        settings.say(Fact.ENGINE_NAME, engineName.text(row));
        settings.say(Fact.ENGINE_VERSION, engineVersion.text(row));
        settings.say(Fact.MODEL, modelName.text(row));
        settings.captureSizes(sizes(captureSizes.text(row)));
    }

    private void say(Fact fact, Column column, EventRow row) {
        if (column.isIn()) {
            into.settings().say(fact, column.flag(row));
        }
    }

    private static List<Integer> sizes(String text) {
        List<Integer> sizes = new ArrayList<>();
        for (String size : text.split(",")) {
            if (size.strip().matches("[0-9]{1,9}")) {
                sizes.add(Integer.parseInt(size.strip()));
            }
        }
        return sizes;
    }

    /// The model events.
    private final class Model extends EventMapper {
        private final Column model = column("model");
        private final Column architecture = column("architecture");
        private final Column layers = column("layers");
        private final Column hiddenSize = column("hiddenSize");
        private final Column intermediateSize = column("intermediateSize");
        private final Column attentionHeads = column("attentionHeads");
        private final Column kvHeads = column("kvHeads");
        private final Column headDim = column("headDim");
        private final Column vocabSize = column("vocabSize");
        private final Column weightBytes = column("weightBytes");
        private final Column kvBytesPerToken = column("kvBytesPerToken");
        private final Column tiedEmbeddings = column("tiedEmbeddings");

        @Override
        void map(EventRow row) {
            into.settings().model(new ModelFacts(
                    model.text(row),
                    architecture.text(row),
                    (int) hiddenSize.integer(row, 0),
                    (int) layers.integer(row, 0),
                    (int) attentionHeads.integer(row, 0),
                    (int) kvHeads.integer(row, 0),
                    (int) headDim.integer(row, 0),
                    (int) intermediateSize.integer(row, 0),
                    (int) vocabSize.integer(row, 0),
                    weightBytes.integer(row, 0),
                    kvBytesPerToken.integer(row, 0),
                    tiedEmbeddings.flag(row)));
        }
    }

    /// The device events.
    private final class Device extends EventMapper {
        private final Column name = column("name");
        private final Column kind = column("kind");
        private final Column memoryBytes = column("memoryBytes");
        private final Column peakFlops = column("peakFlops");
        private final Column measuredFlops = column("measuredFlops");
        private final Column peakBandwidth = column("peakBandwidth");
        private final Column measuredBandwidth = column("measuredBandwidth");

        @Override
        void map(EventRow row) {
            long memory = memoryBytes.integer(row, 0);
            into.add(new DeviceFacts(
                    name.text(row),
                    kind.text(row),
                    memory > 0 ? OptionalLong.of(memory) : OptionalLong.empty(),
                    rate(peakFlops, row),
                    rate(peakBandwidth, row),
                    rate(measuredFlops, row),
                    rate(measuredBandwidth, row)));
        }

        private static OptionalDouble rate(Column column, EventRow row) {
            OptionalDouble rate = column.optionalDouble(row);
            return rate.isPresent() && rate.getAsDouble() > 0 ? rate : OptionalDouble.empty();
        }
    }
}
