package dev.iterscope.profiler.event;

import java.util.Set;
import jdk.jfr.SettingControl;

/// The setting `everyNthIteration` of [KernelEvent]: kernels of the steps whose number it divides are recorded, all of
/// each such step, so that their times add up to the step's. `1` takes every step.
///
/// In a settings file: `<setting name="everyNthIteration">10</setting>`.
public final class KernelSampling extends SettingControl {

    /// Name of the setting.
    public static final String NAME = "everyNthIteration";

    private static final int ALL = 1;
    private volatile int every = ALL;

    /// Created by the Flight Recorder.
    public KernelSampling() {}

    /// Of several recordings' wishes the one that takes most steps.
    @Override
    public String combine(Set<String> values) {
        return String.valueOf(values.stream().mapToInt(KernelSampling::parse).min().orElse(ALL));
    }

    @Override
    public void setValue(String value) {
        every = parse(value);
    }

    @Override
    public String getValue() {
        return String.valueOf(every);
    }

    boolean takes(int iteration) {
        return iteration % every == 0;
    }

    /// A settings file cannot be refused from here: what is no positive number takes every step.
    private static int parse(String value) {
        try {
            return Math.max(ALL, Integer.parseInt(value.strip()));
        } catch (NumberFormatException e) {
            return ALL;
        }
    }
}
