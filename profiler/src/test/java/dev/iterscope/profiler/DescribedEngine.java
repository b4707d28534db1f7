package dev.iterscope.profiler;

import dev.iterscope.profiler.event.DeviceDescription;
import dev.iterscope.profiler.event.EngineDescription;
import dev.iterscope.profiler.event.ModelDescription;
import dev.iterscope.profiler.event.StaticEvents;
import java.util.List;
import java.util.OptionalDouble;

/// A small engine's descriptions.
public final class DescribedEngine {

    private DescribedEngine() {}

    /// Publishes a configuration with blocks of 16 tokens and 1000 of them, a model and two devices.
    public static StaticEvents publish() {
        return StaticEvents.publish(
                new EngineDescription(
                        new EngineDescription.Limits(512, 64, 4096, 0),
                        new EngineDescription.KvCache(16, 1000, 16_384_000, "f32", true),
                        new EngineDescription.Scheduling("fcfs", true, true, true, 0.01),
                        EngineDescription.Parallelism.NONE,
                        new EngineDescription.Implementation("iterscope", "0.1.0", "cpu", "paged", List.of(1, 2, 4))),
                new ModelDescription(
                        "tiny",
                        "Qwen3ForCausalLM",
                        new ModelDescription.Layers(4, 256, 768, 8192, true),
                        new ModelDescription.Attention(4, 2, 64),
                        ModelDescription.Experts.NONE,
                        new ModelDescription.Storage("bf16", 6_000_000, 12_000_000, 1024)),
                List.of(device(0), device(1)));
    }

    private static DeviceDescription device(int number) {
        return new DeviceDescription(
                number,
                "A processor",
                "cpu",
                2,
                24L << 30,
                DeviceDescription.Rates.UNKNOWN,
                new DeviceDescription.Rates(OptionalDouble.of(1e11), OptionalDouble.of(2e10)));
    }
}
