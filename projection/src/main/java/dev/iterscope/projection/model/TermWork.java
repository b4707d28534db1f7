package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Recording;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What one unit of each term's quantity is in arithmetic or memory traffic, over all tensor-parallel ranks together. It turns coefficients
/// into effective rates, and says beforehand what terms can cost beside each other.
///
/// Dense layers: 2 FLOPs per weight and token; the weights, output head included, are read once per step. Attention: 4 · layers · heads · head dim FLOPs
/// per query x key pair (two products); keys and values of each KV token are read once. The counts are those of Hoffmann et al.,
/// Training Compute-Optimal Large Language Models (2022), appendix F, without the backward pass.
///
/// @param denseFlops  FLOPs of the dense layers per scheduled token
/// @param weightBytes bytes of the weights that a step reads
/// @param pairFlops   FLOPs of attention per query x key pair
/// @param kvBytes     bytes of keys and values per KV token
/// @param peaks       what the devices do at most together, where known
record TermWork(double denseFlops, double weightBytes, double pairFlops, double kvBytes, Peaks peaks) {
    /// Bytes a weight may have: 4-bit integers with their scales to float32.
    private static final double LEAST_WEIGHT_BYTES = 0.5;
    private static final double MOST_WEIGHT_BYTES = 4.1;

    /// Highest rates of all devices of the engine together.
    ///
    /// @param flops     FLOP/s
    /// @param bandwidth bytes/s
    record Peaks(OptionalDouble flops, OptionalDouble bandwidth) {
        static final Peaks UNKNOWN = new Peaks(OptionalDouble.empty(), OptionalDouble.empty());

        /// As the recording says; unknown where devices differ.
        static Peaks of(Recording recording) {
            List<String> names = recording.devices().stream().map(DeviceFacts::name).distinct().toList();
            if (names.size() != 1) {
                return UNKNOWN;
            }
            DeviceFacts device = recording.devices().getFirst();
            int ranks = recording.settings().tensorParallel().orElse(1);
            return new Peaks(times(ranks, device.peakFlops()), times(ranks, device.peakBandwidth()));
        }

        private static OptionalDouble times(int ranks, OptionalDouble peak) {
            return peak.isPresent() ? OptionalDouble.of(ranks * peak.getAsDouble()) : OptionalDouble.empty();
        }
    }

    /// The work by the recorded architecture; empty where it is not recorded, or where its weights are not those of a dense decoder of
    /// these dimensions (a mixture of experts does not read all of them for a token).
    static Optional<TermWork> of(Recording recording) {
        return recording.settings().modelFacts().flatMap(model -> of(model, Peaks.of(recording)));
    }

    static Optional<TermWork> of(ModelFacts model, Peaks peaks) {
        double attention = 2.0 * (model.heads() + model.kvHeads()) * model.headDim();
        double layers = model.layers() * (double) model.hiddenSize() * (attention + 3.0 * model.intermediateSize());
        double head = (double) model.vocabSize() * model.hiddenSize();
        double all = layers + head * (model.tiedEmbeddings() ? 1 : 2);
        double bytesPerWeight = model.weightBytes() / all;
        if (!(bytesPerWeight >= LEAST_WEIGHT_BYTES && bytesPerWeight <= MOST_WEIGHT_BYTES) || model.kvBytesPerToken() <= 0) {
            return Optional.empty();
        }
        return Optional.of(new TermWork(
                2 * layers,
                bytesPerWeight * (layers + head),
                4.0 * model.layers() * model.heads() * model.headDim(),
                model.kvBytesPerToken(),
                peaks));
    }

    /// The rate at which a term's work is done, FLOP/s or bytes/s; empty for terms that have no such work.
    ///
    /// @param nanosPerUnit its coefficient, nanoseconds per unit of its quantity
    Optional<EffectiveRate> rate(StepTerm term, double nanosPerUnit) {
        if (!(nanosPerUnit > 0)) {
            return Optional.empty();
        }
        return switch (term) {
            case FIXED -> Optional.of(rate(weightBytes / nanosPerUnit, EffectiveRate.Unit.BYTES_PER_SECOND, peaks.bandwidth()));
            case DENSE -> Optional.of(rate(denseFlops / nanosPerUnit, EffectiveRate.Unit.FLOPS, peaks.flops()));
            case CONTEXT_ATTENTION -> Optional.of(rate(pairFlops / nanosPerUnit, EffectiveRate.Unit.FLOPS, peaks.flops()));
            case GENERATION_ATTENTION ->
                    Optional.of(rate(kvBytes / nanosPerUnit, EffectiveRate.Unit.BYTES_PER_SECOND, peaks.bandwidth()));
            case DENSE_KNEE, REQUESTS, CONTEXT_STEP -> Optional.empty();
        };
    }

    private static EffectiveRate rate(double perNano, EffectiveRate.Unit unit, OptionalDouble peak) {
        double perSecond = perNano * 1e9;
        return new EffectiveRate(perSecond, unit,
                peak.isPresent() ? OptionalDouble.of(perSecond / peak.getAsDouble()) : OptionalDouble.empty());
    }
}
