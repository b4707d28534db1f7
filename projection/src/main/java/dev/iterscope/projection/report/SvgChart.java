package dev.iterscope.projection.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A chart as an SVG element without any script: axes, lines, areas, marks with values to hover over. Colours come from the page's style.
final class SvgChart {
    static final double WIDTH = 620;
    static final double HEIGHT = 300;
    static final double LEFT = 72;
    static final double RIGHT = 608;
    static final double TOP = 12;
    static final double BOTTOM = 256;

    /// Labels nearer than this would cover each other.
    private static final double LABEL_WIDTH = 42;
    private static final double LABEL_HEIGHT = 13;

    private final SvgScale x;
    private final SvgScale y;
    private final StringBuilder svg = new StringBuilder();
    private final List<At> labels = new ArrayList<>();

    /// A value in the chart's own units.
    record At(double x, double y) {}

    SvgChart(String label, SvgScale x, SvgScale y, String xTitle, String yTitle, List<Double> xTicks) {
        this.x = x;
        this.y = y;
        svg.append(String.format(
                Locale.ROOT, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT, Html.escape(label)));
        for (double tick : y.ticks()) {
            double at = y.at(tick);
            line("gridline", LEFT, at, RIGHT, at);
            text(LEFT - 6, at + 4, "end", Figures.axis(tick));
        }
        for (double tick : xTicks) {
            double at = x.at(tick);
            line("axis", at, BOTTOM, at, BOTTOM + 4);
            text(at, BOTTOM + 17, "middle", Figures.axis(tick));
        }
        line("axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        text((LEFT + RIGHT) / 2, HEIGHT - 6, "middle", xTitle);
        svg.append(String.format(
                Locale.ROOT,
                "<text transform=\"translate(12 %.0f) rotate(-90)\" text-anchor=\"middle\">%s</text>",
                (TOP + BOTTOM) / 2,
                Html.escape(yTitle)));
    }

    private void line(String type, double x1, double y1, double x2, double y2) {
        svg.append(String.format(
                Locale.ROOT, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", type, x1, y1, x2, y2));
    }

    private void text(double atX, double atY, String anchor, String words) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", atX, atY, anchor, Html.escape(words)));
    }

    /// A line through values, in their order.
    SvgChart path(int series, List<At> values) {
        svg.append("<polyline class=\"path s").append(series).append("\" points=\"");
        values.forEach(value -> svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x.at(value.x), y.at(value.y))));
        svg.append("\"/>");
        return this;
    }

    /// The area between values and another line below them, both in order of x.
    SvgChart area(int series, List<At> above, List<At> below) {
        svg.append("<polygon class=\"area s").append(series).append("\" points=\"");
        above.forEach(value -> svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x.at(value.x), y.at(value.y))));
        below.reversed().forEach(value -> svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x.at(value.x), y.at(value.y))));
        svg.append("\"/>");
        return this;
    }

    /// A mark that shows `tip` when hovered over or focused.
    ///
    /// @param style further classes: `open`, `bounded`, `present`
    SvgChart mark(int series, String style, At value, String tip) {
        svg.append(String.format(
                Locale.ROOT,
                "<circle class=\"mark s%d %s\" tabindex=\"0\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" data-tip=\"%s\"/>",
                series,
                style,
                x.at(value.x),
                y.at(value.y),
                Html.escape(tip)));
        return this;
    }

    /// A measured value: a square, with a whisker over its spread.
    SvgChart square(int series, At value, double low, double high, String tip) {
        double atX = x.at(value.x);
        double atY = y.at(value.y);
        svg.append("<g class=\"s").append(series).append("\">");
        line("whisker", atX, y.at(low), atX, y.at(high));
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"mark open\" tabindex=\"0\" x=\"%.1f\" y=\"%.1f\" width=\"9\" height=\"9\" data-tip=\"%s\"/></g>",
                atX - 4.5,
                atY - 4.5,
                Html.escape(tip)));
        return this;
    }

    /// A small dot, for clouds of many.
    SvgChart dot(int series, At value, String tip) {
        svg.append(String.format(
                Locale.ROOT,
                "<circle class=\"dot s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" data-tip=\"%s\"/>",
                series,
                x.at(value.x),
                y.at(value.y),
                Html.escape(tip)));
        return this;
    }

    /// A stretch of the x axis that shows `tip` wherever the pointer is above it.
    SvgChart column(double from, double to, String tip) {
        double left = x.at(from);
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"column\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\" data-tip=\"%s\"/>",
                left,
                TOP,
                Math.max(1, x.at(to) - left),
                BOTTOM - TOP,
                Html.escape(tip)));
        return this;
    }

    /// A bound across the chart.
    SvgChart bound(double value, String words) {
        double at = y.at(value);
        if (at >= TOP && at <= BOTTOM) {
            line("slo", LEFT, at, RIGHT, at);
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"slo-label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    RIGHT,
                    at - 4,
                    Html.escape(words)));
        }
        return this;
    }

    /// Where prediction equals measurement.
    SvgChart diagonal(double low, double high) {
        line("diagonal", x.at(low), y.at(low), x.at(high), y.at(high));
        return this;
    }

    /// Words beside a value; left out where they would cover words before them.
    SvgChart label(At value, String words) {
        double atX = x.at(value.x);
        double atY = y.at(value.y);
        boolean left = atX > RIGHT - 60;
        boolean free = labels.stream()
                .allMatch(other -> Math.abs(other.x - atX) > LABEL_WIDTH || Math.abs(other.y - atY) > LABEL_HEIGHT);
        if (free) {
            labels.add(new At(atX, atY));
            text(left ? atX - 8 : atX + 8, atY - 7, left ? "end" : "start", words);
        }
        return this;
    }

    String render() {
        return svg + "</svg>";
    }
}
