package dev.iterscope.profiler.metrics;

import java.util.Map;

/// Builds Prometheus' text exposition format, version 0.0.4. Every sample carries the same labels.
final class MetricsText {

    private final StringBuilder text = new StringBuilder(8192);
    private final String labels;

    /// @param model value of the label `model_name`
    /// @param engine value of the label `engine`
    MetricsText(String model, int engine) {
        labels = "engine=\"" + engine + "\",model_name=\"" + escaped(model) + '"';
    }

    void help(String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    }

    void type(String name, String type) {
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    void sample(String name, double value) {
        text.append(name).append('{').append(labels).append("} ").append(number(value)).append('\n');
    }

    void sample(String name, String label, String labelValue, double value) {
        text.append(name).append('{').append(labels).append(',').append(label).append("=\"").append(escaped(labelValue));
        text.append("\"} ").append(number(value)).append('\n');
    }

    void sample(String name, Map<String, Integer> more, double value) {
        text.append(name).append('{').append(labels);
        more.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(label -> text.append(',').append(label.getKey()).append("=\"").append(label.getValue()).append('"'));
        text.append("} ").append(number(value)).append('\n');
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /// As Prometheus clients print numbers: `1.0`, `0.05`, `2560.0`.
    static String number(double value) {
        return Double.toString(value);
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
