package dev.iterscope.samples.architecture.broken.engine.kvcache;

import dev.iterscope.samples.architecture.broken.engine.schedule.AndBack;
import java.util.Optional;

/// With [AndBack] breaks R3.
public record OneWay(Optional<AndBack> next) {}
