package dev.iterscope.projection.device;

import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;

/// Data-sheet peaks of devices, from the resource `devices.properties`, which names the source of each figure.
///
/// @param name      the key under which the device is listed
/// @param flops     dense bf16 FLOP/s
/// @param bandwidth memory bandwidth, bytes/s
public record DevicePeaks(String name, double flops, double bandwidth) {

    /// Finds a device by a word contained in its name: `NVIDIA H100 80GB HBM3` and `h100` both mean `h100`. Of several words the
    /// longest counts.
    public static Optional<DevicePeaks> find(String device) {
        String wanted = device.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        Properties listed = listed();
        return listed.stringPropertyNames().stream()
                .filter(wanted::contains)
                .max(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()))
                .map(key -> parse(key, listed.getProperty(key)));
    }

    /// The recording with the peaks of its devices' data sheets where it does not say them itself.
    public static Recording complete(Recording recording) {
        return recording.withDevices(recording.devices().stream().map(DevicePeaks::complete).toList());
    }

    private static DeviceFacts complete(DeviceFacts device) {
        return find(device.name()).map(sheet -> device.withPeaks(
                device.peakFlops().orElse(sheet.flops()), device.peakBandwidth().orElse(sheet.bandwidth()))).orElse(device);
    }

    /// The keys of all devices, for messages.
    public static List<String> names() {
        return List.copyOf(new TreeSet<>(listed().stringPropertyNames()));
    }

    private static DevicePeaks parse(String key, String value) {
        String[] parts = value.strip().split("\\s+");
        return new DevicePeaks(key, Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
    }

    private static Properties listed() {
        Properties properties = new Properties();
        try (InputStream in = DevicePeaks.class.getResourceAsStream("devices.properties")) {
            if (in == null) {
                throw new IllegalStateException("devices.properties is missing from the jar");
            }
            properties.load(in);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
        return properties;
    }
}
