package dev.iterscope.projection.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.DeviceCheck;
import dev.iterscope.engine.Engine;
import dev.iterscope.engine.KernelSpeed;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.projection.cli.DoctorCommand.Line;
import dev.iterscope.projection.report.JsonDocument;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What `doctor` does on a GPU: the self-test and the benchmark of kernels.
///
/// @param console where it is told
/// @param output  how
record GpuChecks(Console console, OutputOptions output) {

    /// Runs the self-test; results that are wrong are a fault of Iterscope or of the device.
    int selfTest() {
        List<DeviceCheck> checks = new ArrayList<>();
        Engine.selfTest(checks::add);
        long failed = checks.stream().filter(check -> check.failure().isPresent()).count();
        List<Line> lines = checks.stream()
                .map(check -> new Line(
                        "GPU self-test", check.name(), check.failure().map(f -> "FAILED: " + f).orElse("ok: " + check.detail())))
                .toList();
        output.write(console, writer -> {
            switch (output.format()) {
                case JSON -> checksAsJson(checks, writer);
                case CSV -> DoctorCommand.csv(lines, writer);
                default -> DoctorCommand.text(lines, writer);
            }
        });
        if (failed > 0) {
            console.note("iterscope doctor: " + failed + " of " + checks.size() + " checks of the GPU failed; do not trust its results");
            return ExitCode.INTERNAL;
        }
        return ExitCode.DONE;
    }

    private static void checksAsJson(List<DeviceCheck> checks, PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        root.put("passed", checks.stream().allMatch(check -> check.failure().isEmpty()));
        ArrayNode list = root.putArray("checks");
        checks.forEach(check -> list.addObject()
                .put("name", check.name())
                .put("passed", check.failure().isEmpty())
                .put("detail", check.failure().orElse(check.detail())));
        JsonDocument.print(root, out);
    }

    /// Times the kernels of the model's steps.
    int benchmark(ModelConfig model) {
        List<KernelSpeed> speeds = new ArrayList<>();
        Engine.benchmark(model, speeds::add);
        output.write(console, writer -> {
            switch (output.format()) {
                case JSON -> speedsAsJson(speeds, writer);
                case CSV -> speedsAsCsv(speeds, writer);
                default -> speedsAsText(model, speeds, writer);
            }
        });
        return ExitCode.DONE;
    }

    private static void speedsAsText(ModelConfig model, List<KernelSpeed> speeds, PrintWriter out) {
        out.println("Kernels at the sizes of " + model.name() + "; roofline of the measured copy bandwidth and the data sheet's FLOP/s");
        int kernel = speeds.stream().mapToInt(speed -> speed.kernel().length()).max().orElse(0);
        int size = speeds.stream().mapToInt(speed -> speed.size().length()).max().orElse(0);
        String row = "%-" + kernel + "s  %-" + size + "s  %9s  %8s  %7s  %13s%n";
        out.printf(Locale.ROOT, row, "kernel", "size", "us", "TFLOP/s", "GB/s", "% of roofline");
        for (KernelSpeed speed : speeds) {
            out.printf(
                    Locale.ROOT,
                    row,
                    speed.kernel(),
                    speed.size(),
                    figure("%.1f", speed.seconds() * 1e6),
                    speed.flops() > 0 ? figure("%.1f", speed.flops() / speed.seconds() / 1e12) : "",
                    figure("%.0f", speed.bytes() / speed.seconds() / 1e9),
                    figure("%.0f", speed.shareOfRoofline() * 100));
        }
    }

    private static void speedsAsCsv(List<KernelSpeed> speeds, PrintWriter out) {
        out.println("kernel,size,seconds,flops,bytes,share_of_roofline");
        speeds.forEach(speed -> out.println(Csv.line(List.of(
                speed.kernel(),
                speed.size(),
                String.valueOf(speed.seconds()),
                String.valueOf(speed.flops()),
                String.valueOf(speed.bytes()),
                String.valueOf(speed.shareOfRoofline())))));
    }

    static void speedsAsJson(List<KernelSpeed> speeds, PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        ArrayNode list = root.putArray("kernels");
        speeds.forEach(speed -> list.addObject()
                .put("kernel", speed.kernel())
                .put("size", speed.size())
                .put("seconds", speed.seconds())
                .put("flops", speed.flops())
                .put("bytes", speed.bytes())
                .put("share_of_roofline", speed.shareOfRoofline()));
        JsonDocument.print(root, out);
    }

    private static String figure(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
