package dev.iterscope.projection;

import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.KernelKind;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Pause;
import dev.iterscope.projection.recording.PreemptionRecord;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.Timing;
import dev.iterscope.projection.recording.Timing.Basis;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;

/// Recordings with every kind of record, in which anything that may be unknown sometimes is.
public final class RandomRecording {

    private static final long START = 1_790_000_000_000_000_000L;

    private static final List<KernelKind> KINDS = List.of(KernelKind.values());

    private final Random random;

    private RandomRecording(long seed) {
        this.random = new Random(seed);
    }

    /// A recording that follows from the seed.
    public static Recording of(long seed, int steps) {
        return new RandomRecording(seed).recording(steps);
    }

    private Recording recording(int steps) {
        int engines = 1 + random.nextInt(3);
        List<Iteration> iterations = new ArrayList<>();
        for (int engine = 0; engine < engines; engine++) {
            long time = START;
            for (int i = 0; i < steps; i++) {
                time += 1 + random.nextInt(1_000_000);
                iterations.add(iteration(engine, i, time));
            }
        }
        List<RequestRecord> requests = new ArrayList<>();
        for (int i = 0; i < random.nextInt(20); i++) {
            requests.add(request("request-" + i + "-é", START + i * 1000L));
        }
        return new Recording(
                "vllm-log+bench-result",
                List.of("server.log", "result.json"),
                settings(),
                random.nextBoolean() ? List.of() : List.of(new DeviceFacts("H100", "gpu", whole(90), real(), real(), real(), real())),
                iterations,
                requests,
                List.of(new Interval(random.nextInt(engines), OptionalLong.of(START + 5), whole(100), real(), real(), whole(9), whole(9),
                        share(), share())),
                random.nextBoolean() ? List.of() : List.of(kernel("gemm_" + random.nextInt(), 0), kernel("flash", engines - 1)),
                List.of(new PreemptionRecord("request-0", whole(99), OptionalLong.of(START + 9), count(5), count(50))),
                List.of(new Pause("gc", START + 1000, random.nextInt(50))),
                new Timing(Basis.STEP, 1),
                List.of(new RecordingWarning("some-code", "something to know", 3)));
    }

    private Iteration iteration(int engine, int number, long end) {
        IterationDraft draft = new IterationDraft().engine(engine).number(number).endNanos(end).startNanos(end - random.nextInt(500_000));
        draft.counts(random.nextInt(5), random.nextInt(9000), random.nextInt(300), random.nextInt(300));
        draft.elapsedNanos(said(1_000_000)).kvShare(random.nextBoolean() ? random.nextInt(1001) / 1000.0 : Double.NaN);
        draft.kvBlocksUsed(said(99)).kvBlocksTotal(said(999)).kvTokensHeld(said(9999)).runningRequests(said(9)).waitingRequests(said(9));
        draft.preemptions(said(2)).detail().tokenBudget(said(8192))
                .contextAttentionPairs(random.nextBoolean() ? random.nextDouble() * 1e12 : Double.NaN);
        draft.detail().graphMode(random.nextBoolean() ? "FULL" : null).submitToResultNanos(said(1_000_000)).encoderTokens(said(3));
        if (random.nextInt(20) == 0) {
            draft.mark(Mark.DUMMY);
        }
        return draft.build();
    }

    private RequestRecord request(String id, long arrival) {
        return new RequestRecord(
                id,
                OptionalLong.of(arrival),
                count(9000),
                count(500),
                OptionalInt.of(random.nextInt(500)),
                count(100),
                count(3),
                count(2),
                whole(1_000_000),
                whole(1_000_000),
                whole(1_000_000),
                whole(1_000_000),
                random.nextBoolean() ? List.of() : List.of(1L, 20L, 300L),
                random.nextBoolean() ? List.of() : List.of(random.nextLong(), 7L),
                random.nextBoolean() ? Optional.empty() : Optional.of("length"));
    }

    private KernelRecord kernel(String name, int engine) {
        KernelKind kind = KINDS.get(random.nextInt(KINDS.size()));
        return new KernelRecord(
                name, kind, engine, whole(99), count(40), count(512), count(512), count(512), count(512), whole(9999), real(), real(),
                count(8), whole(30),
                OptionalLong.of(START + random.nextInt(1000)), random.nextInt(100_000));
    }

    private Settings settings() {
        SettingsDraft draft = new SettingsDraft();
        draft.say(Fact.ENGINE_NAME, "vllm");
        draft.say(Fact.MAX_NUM_BATCHED_TOKENS, 8192);
        draft.say(Fact.KV_CAPACITY_TOKENS, 546_144);
        if (random.nextBoolean()) {
            draft.say(Fact.ASYNC_SCHEDULING, random.nextBoolean());
            draft.say(Fact.WATERMARK, 0.01);
            draft.say(Fact.LONG_PREFILL_TOKEN_THRESHOLD, random.nextInt(3));
            draft.say(Fact.POLICY, "priority");
            draft.captureSizes(List.of(1, 2, 4));
            draft.model(new ModelFacts("m", "Qwen3ForCausalLM", 1024, 28, 16, 8, 128, 3072, 151_936, 1_200_000_000L, 114_688, true));
        }
        return draft.build();
    }

    private long said(int bound) {
        return random.nextInt(4) == 0 ? -1 : random.nextInt(bound);
    }

    private OptionalLong whole(int bound) {
        return random.nextInt(4) == 0 ? OptionalLong.empty() : OptionalLong.of(random.nextInt(bound));
    }

    private OptionalInt count(int bound) {
        return random.nextInt(4) == 0 ? OptionalInt.empty() : OptionalInt.of(random.nextInt(bound));
    }

    private OptionalDouble real() {
        return random.nextInt(4) == 0 ? OptionalDouble.empty() : OptionalDouble.of(1 + random.nextInt(1000));
    }

    private OptionalDouble share() {
        return random.nextInt(4) == 0 ? OptionalDouble.empty() : OptionalDouble.of(random.nextInt(101) / 100.0);
    }
}
