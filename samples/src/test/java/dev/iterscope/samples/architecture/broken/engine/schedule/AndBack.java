package dev.iterscope.samples.architecture.broken.engine.schedule;

import dev.iterscope.samples.architecture.broken.engine.kvcache.OneWay;
import java.util.Optional;

/// With [OneWay] breaks R3.
public record AndBack(Optional<OneWay> next) {}
