package dev.iterscope.projection.serving;

import dev.iterscope.projection.recording.Settings;
import java.util.List;
import java.util.Optional;

/// The kinds of serving engines that are known, and how to find one.
public final class ServingEngines {
    /// Every kind.
    public static final List<ServingEngine> ALL =
            List.of(new VllmServer(), new SglangServer(), new TensorRtLlmServer(), new BundledEngine());

    private ServingEngines() {}

    /// The kind of that name.
    public static Optional<ServingEngine> named(String name) {
        return ALL.stream().filter(engine -> engine.name().equals(name)).findFirst();
    }

    /// The kind that was recorded.
    public static Optional<ServingEngine> of(Settings settings) {
        return settings.engineName().flatMap(ServingEngines::named);
    }

    /// The kind whose words the options of this program are: flags of a service that nothing names are shown in them.
    public static ServingEngine ofOptions() {
        return new VllmServer();
    }
}
