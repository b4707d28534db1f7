package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The steps of a recording as samples to fit: what each did, and how long it took.
///
/// @param samples   one or more consecutive steps with their common time
/// @param kvSource  where the KV tokens came from
/// @param left      steps left out, by reason
/// @param coupled   whether data-parallel ranks wait for each other, so that steps were paired
/// @param largestTile rows of the largest tile in which the recorded device may multiply
/// @param work      what the terms' units are in arithmetic and traffic, where the architecture is known
record StepSamples(List<Sample> samples, KvSource kvSource, Left left, boolean coupled, int largestTile, Optional<TermWork> work) {

    /// Consecutive steps of one engine and their common time.
    ///
    /// @param steps         what they did
    /// @param nanos         how long they took together
    /// @param relativeError standard deviation of `nanos` due to the resolution of its clock, as a share of it
    /// @param host          host time of the step, where the recording tells it apart
    record Sample(List<StepWork> steps, double nanos, double relativeError, OptionalLong host) {
        double[] row(DenseShape shape) {
            double[] row = new double[StepTerm.COUNT];
            for (StepWork step : steps) {
                step.addTo(row, shape);
            }
            return row;
        }
    }

    /// Steps that were not used.
    ///
    /// @param cold    slow because something was done for the first time
    /// @param paused  with a garbage collection, safepoint or throttling inside
    /// @param untimed without a usable time, or empty
    record Left(int cold, int paused, int untimed) {}

    /// The same with other samples.
    StepSamples with(List<Sample> others) {
        return new StepSamples(others, kvSource, left, coupled, largestTile, work);
    }

    /// As the options say; their architecture serves where the recording has none.
    static StepSamples of(Recording recording, IterationOptions options) {
        StepSamples found = of(recording, options.kvSource());
        Optional<TermWork> known = found.work().or(() -> options.architecture()
                .flatMap(model -> TermWork.of(model, TermWork.Peaks.of(recording))));
        return new StepSamples(found.samples, found.kvSource, found.left, found.coupled, found.largestTile, known);
    }

    static StepSamples of(Recording recording, KvSource wanted) {
        KvSource source = resolve(recording, wanted);
        List<List<Step>> engines = replayed(recording, source);
        List<Sample> samples = new ArrayList<>();
        boolean coupled = false;
        if (recording.timing().basis() == Timing.Basis.TIMESTAMPS) {
            boolean tokenRates = isSglang(recording);
            engines.forEach(steps -> samples.addAll(tokenRates ? Windows.ofTokenRates(steps) : Windows.of(steps)));
        } else if (recording.timing().basis() == Timing.Basis.STEP) {
            coupled = CoupledRanks.areCoupled(engines);
            List<List<Step>> usable = coupled ? List.of(CoupledRanks.pair(engines)) : engines;
            usable.forEach(steps -> steps.forEach(step -> addStep(samples, step)));
        }
        return new StepSamples(List.copyOf(samples), source, left(engines), coupled, largestTile(recording), TermWork.of(recording));
    }

    /// Whether the times come from SGLang's decode lines.
    static boolean isSglang(Recording recording) {
        return recording.settings().engineName().filter("sglang"::equals).isPresent();
    }

    /// What the device is follows from the recording; one that does not say it is taken for an accelerator, whose tiles are larger.
    private static int largestTile(Recording recording) {
        boolean processor = !recording.devices().isEmpty() && recording.devices().stream().allMatch(device -> device.kind().equals("cpu"));
        return processor ? RecordedSizes.PROCESSOR_TILE : RecordedSizes.ACCELERATOR_TILE;
    }

    /// The work of every step, by engine; the KV tokens come from the best source that the recording has.
    static List<List<Step>> steps(Recording recording) {
        return replayed(recording, resolve(recording, KvSource.AUTO));
    }

    /// A step with its work worked out.
    ///
    /// @param cold marked so by the source, or the first of its kind in an engine that does not warm up
    record Step(Iteration iteration, StepWork work, boolean cold) {
        boolean usable() {
            return !cold
                    && !iteration.marks().contains(Mark.PAUSED)
                    && !iteration.isDummy()
                    && iteration.scheduledTokens() > 0;
        }
    }

    private static void addStep(List<Sample> samples, Step step) {
        OptionalLong elapsed = step.iteration().elapsedNanos();
        if (step.usable() && elapsed.isPresent() && elapsed.getAsLong() > 0) {
            samples.add(new Sample(List.of(step.work()), elapsed.getAsLong(), 0, hostNanos(step.iteration())));
        }
    }

    /// Planning and taking in the result are the host's part of a step.
    private static OptionalLong hostNanos(Iteration iteration) {
        if (iteration.detail().isEmpty()) {
            return OptionalLong.empty();
        }
        IterationDetail detail = iteration.detail().get();
        if (detail.scheduleNanos().isEmpty() || detail.updateNanos().isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(detail.scheduleNanos().getAsLong() + detail.updateNanos().getAsLong());
    }

    private static Left left(List<List<Step>> engines) {
        int cold = 0;
        int paused = 0;
        int untimed = 0;
        for (List<Step> steps : engines) {
            for (Step step : steps) {
                if (step.cold()) {
                    cold++;
                } else if (step.iteration().marks().contains(Mark.PAUSED)) {
                    paused++;
                } else if (!step.usable() || step.iteration().elapsedNanos().isEmpty()) {
                    untimed++;
                }
            }
        }
        return new Left(cold, paused, untimed);
    }

    private static KvSource resolve(Recording recording, KvSource wanted) {
        if (wanted != KvSource.AUTO) {
            return wanted;
        }
        return has(recording, KvSource.RECORDED)
                ? KvSource.RECORDED
                : has(recording, KvSource.ALLOCATED) ? KvSource.ALLOCATED : KvSource.REPLAYED;
    }

    /// Whether a recording says KV tokens, or the used blocks that stand in for them.
    static boolean has(Recording recording, KvSource source) {
        return recording.iterations().stream().anyMatch(i -> source == KvSource.RECORDED
                ? i.detail().isPresent() && i.detail().get().generationKvTokens().isPresent()
                : allocatedTokens(i, recording).isPresent());
    }

    private static List<List<Step>> replayed(Recording recording, KvSource source) {
        List<List<Step>> engines = new ArrayList<>();
        int budget = recording.settings().maxNumBatchedTokens()
                .orElse(recording.iterations().stream().mapToInt(Iteration::scheduledTokens).max().orElse(1));
        boolean warmedUp = recording.settings().engineName().filter("iterscope"::equals).isPresent();
        int engine = Integer.MIN_VALUE;
        CountReplay replay = new CountReplay(budget);
        Set<Boolean> kindsSeen = new HashSet<>();
        for (Iteration iteration : recording.iterations()) {
            if (engines.isEmpty() || iteration.engine() != engine) {
                engine = iteration.engine();
                engines.add(new ArrayList<>());
                replay = new CountReplay(budget);
                kindsSeen.clear();
            }
            CountReplay.Reads reads = replay.next(iteration);
            boolean firstOfKind = iteration.scheduledTokens() > 0 && kindsSeen.add(iteration.contextRequests() > 0);
            boolean cold = iteration.marks().contains(Mark.COLD) || (firstOfKind && !warmedUp);
            engines.getLast().add(new Step(iteration, work(iteration, reads, source, recording), cold));
        }
        return engines;
    }

    private static StepWork work(Iteration iteration, CountReplay.Reads reads, KvSource source, Recording recording) {
        double pairs = iteration.detail().map(IterationDetail::contextAttentionPairs)
                .filter(p -> p.isPresent()).map(p -> p.getAsDouble()).orElse(reads.contextPairs());
        double kv = switch (source) {
            case AUTO, RECORDED -> iteration.detail().map(IterationDetail::generationKvTokens)
                    .filter(OptionalLong::isPresent).map(k -> (double) k.getAsLong()).orElse(reads.generationKvTokens());
            case ALLOCATED -> iteration.generationRequests() == 0
                    ? 0
                    : allocatedTokens(iteration, recording).isPresent()
                            ? Math.max(0, allocatedTokens(iteration, recording).getAsLong() - reads.contextTokensHeld())
                            : reads.generationKvTokens();
            case REPLAYED -> reads.generationKvTokens();
            case NONE -> 0;
        };
        return new StepWork(
                iteration.scheduledTokens(),
                pairs,
                kv,
                iteration.contextRequests() + (double) iteration.generationRequests(),
                iteration.contextRequests() > 0);
    }

    private static OptionalLong allocatedTokens(Iteration iteration, Recording recording) {
        if (iteration.detail().isPresent() && iteration.detail().get().kvTokensAllocated().isPresent()) {
            return iteration.detail().get().kvTokensAllocated();
        }
        if (iteration.kv().isEmpty()) {
            return OptionalLong.empty();
        }
        Iteration.KvUsage kv = iteration.kv().get();
        if (kv.blocksUsed().isPresent() && recording.settings().blockSize().isPresent()) {
            return OptionalLong.of(kv.blocksUsed().getAsLong() * recording.settings().blockSize().getAsInt());
        }
        if (kv.share().isPresent() && recording.settings().kvCapacityTokens().isPresent()) {
            return OptionalLong.of(Math.round(kv.share().getAsDouble() * recording.settings().kvCapacityTokens().getAsLong()));
        }
        // Step marks of our own in another tool's trace: the tokens themselves, without what blocks round up.
        return kv.tokensHeld();
    }
}
