package dev.iterscope.projection.importer.merge;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Iteration;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OneServiceTest {
    private static final long SECOND = 1_000_000_000L;

    /// Ten steps from a second on; those of another second are another run.
    private static OneService.Named source(String name, String kind, long second, RecordingBuilder into) {
        for (int i = 0; i < 10; i++) {
            into.add(new Iteration(0, OptionalLong.of(i), OptionalLong.empty(), OptionalLong.of((second + i) * SECOND),
                    OptionalLong.of(SECOND / 2 + i), 1, 100 + i, i, i, Optional.empty(), OptionalLong.empty(), OptionalLong.empty(),
                    OptionalLong.empty(), Optional.empty(), Set.of()));
        }
        return new OneService.Named(Path.of(name), new Part(kind, name, into));
    }

    private static OneService.Named log(String name, long second, String engine, String model, int ranks) {
        RecordingBuilder into = new RecordingBuilder();
        into.settings().say(Fact.ENGINE_NAME, engine);
        into.settings().say(Fact.MODEL, model);
        into.settings().say(Fact.TENSOR_PARALLEL, ranks);
        return source(name, engine + "-log", second, into);
    }

    private static OneService.Named recording(String name, long second, String kind, String device) {
        RecordingBuilder into = new RecordingBuilder();
        into.settings().say(Fact.ENGINE_NAME, "iterscope");
        into.add(new DeviceFacts(device, kind, OptionalLong.empty(), OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(),
                OptionalDouble.empty()));
        return source(name, "jfr", second, into);
    }

    private static void refused(String what, OneService.Named... sources) {
        assertThatThrownBy(() -> OneService.require(List.of(sources)))
                .isInstanceOf(UserInputException.class)
                .hasMessageStartingWith("b: ")
                .hasMessageContaining(what)
                .hasMessageContaining("--together");
    }

    private static void taken(OneService.Named... sources) {
        assertThatCode(() -> OneService.require(List.of(sources))).doesNotThrowAnyException();
    }

    @Test
    void whatHoldsTheSameStepsCountsAsTwice() {
        refused("holds the same as a", log("a", 5, "vllm", "qwen3-8b", 1), log("b", 5, "vllm", "qwen3-8b", 1));
        taken(log("a", 5, "vllm", "qwen3-8b", 1), log("b", 500, "vllm", "qwen3-8b", 1));
    }

    @Test
    void otherModelsEnginesAndRanksAreOtherServices() {
        refused("is of model qwen3-8b, not of llama-3.1-8b as in a", log("a", 5, "vllm", "llama-3.1-8b", 1),
                log("b", 500, "vllm", "qwen3-8b", 1));
        refused("is of sglang, not of vllm", log("a", 5, "vllm", "qwen3-8b", 1), log("b", 500, "sglang", "qwen3-8b", 1));
        refused("tensor-parallel size of 2", log("a", 5, "vllm", "qwen3-8b", 1), log("b", 500, "vllm", "qwen3-8b", 2));
        taken(log("a", 5, "vllm", "Qwen/Qwen3-8B", 1), log("b", 500, "vllm", "qwen3_8b", 1));
    }

    @Test
    void otherDevicesAreOtherServices() {
        refused("is of device NVIDIA H200, not of NVIDIA H100", recording("a", 5, "cuda", "NVIDIA H100"),
                recording("b", 500, "cuda", "NVIDIA H200"));
        refused("is of device", recording("a", 5, "cuda", "NVIDIA H100"), recording("b", 500, "cpu", "AMD EPYC"));
        taken(recording("a", 5, "cuda", "NVIDIA H100"), recording("b", 500, "cuda", "NVIDIA H100"));
    }

    @Test
    void anOwnLogBesideItsRecordingAndAClientsResultAreTaken() {
        taken(recording("a", 5, "cpu", "AMD EPYC"), log("b", 5, "vllm", "tiny", 1));
        RecordingBuilder client = new RecordingBuilder();
        client.settings().say(Fact.MODEL, "the name of the day");
        OneService.Named result = new OneService.Named(Path.of("b"), new Part("bench-result", "b", client));
        taken(log("a", 5, "vllm", "qwen3-8b", 1), result);
        taken(log("a", 5, "vllm", "qwen3-8b", 1), result, new OneService.Named(Path.of("c"), new Part("bench-result", "c", client)));
    }
}
