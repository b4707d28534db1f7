package dev.iterscope.projection.report.page;

import dev.iterscope.projection.report.page.SvgLabels.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A chart as an SVG element without any script: axes, lines, areas, marks with values to hover over. Colours come from the page's style.
/// It is drawn about as wide as a column of the page, so that its text is about as large there as the page's.
public final class SvgChart {
    /// Left edge of the plot.
    public static final double LEFT = 60;
    /// Right edge of the plot.
    public static final double RIGHT = 406;
    /// Upper edge of the plot.
    public static final double TOP = 18;
    /// Lower edge of the plot.
    public static final double BOTTOM = 204;

    static final double WIDTH = 420;
    private static final double HEIGHT = 246;
    private static final double MARK = 4.5;
    /// From a mark to the words beside it.
    private static final double BESIDE = 8;

    private final SvgScale x;
    private final SvgScale y;
    private final StringBuilder svg = new StringBuilder();
    private final SvgLabels labels = new SvgLabels();
    private final List<Words> words = new ArrayList<>();

    /// A value in the chart's own units.
    public record At(double x, double y) {}

    /// Words to place once all marks are known.
    private record Words(String style, String text, List<Place> candidates) {}

    /// A chart with its axes.
    ///
    /// @param label  what it shows, for those who cannot see it
    /// @param xTicks values to name on the x axis; those without room get a tick alone
    public SvgChart(String label, SvgScale x, SvgScale y, String xTitle, String yTitle, List<Double> xTicks) {
        this.x = x;
        this.y = y;
        svg.append(String.format(
                Locale.ROOT, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT, Html.escape(label)));
        yAxis();
        xAxis(xTicks);
        text((LEFT + RIGHT) / 2, HEIGHT - 6, "middle", xTitle);
        svg.append(String.format(
                Locale.ROOT,
                "<text transform=\"translate(11 %.0f) rotate(-90)\" text-anchor=\"middle\">%s</text>",
                (TOP + BOTTOM) / 2,
                Html.escape(yTitle)));
    }

    private void yAxis() {
        double above = Double.MAX_VALUE;
        for (double tick : y.ticks()) {
            double at = y.at(tick);
            line("gridline", LEFT, at, RIGHT, at);
            if (above - at >= SvgLabels.TEXT_HEIGHT + 2) {
                text(LEFT - 6, at + 4, "end", SvgScale.name(tick));
                above = at;
            }
        }
    }

    private void xAxis(List<Double> ticks) {
        line("axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        double taken = 0;
        for (double tick : ticks) {
            double at = x.at(tick);
            line("axis", at, BOTTOM, at, BOTTOM + 4);
            double half = SvgLabels.width(SvgScale.name(tick)) / 2;
            if (at - half >= taken && at + half <= WIDTH + 6) {
                text(at, BOTTOM + 18, "middle", SvgScale.name(tick));
                taken = at + half + 5;
            }
        }
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
    public SvgChart path(int series, List<At> values) {
        svg.append("<polyline class=\"path s").append(series).append("\" points=\"");
        points(values);
        svg.append("\"/>");
        return this;
    }

    /// The area between values and another line below them, both in order of x.
    public SvgChart area(int series, List<At> above, List<At> below) {
        svg.append("<polygon class=\"area s").append(series).append("\" points=\"");
        points(above);
        points(below.reversed());
        svg.append("\"/>");
        return this;
    }

    private void points(List<At> values) {
        values.forEach(value -> svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x.at(value.x), y.at(value.y))));
    }

    /// A mark that shows `tip` when hovered over or focused.
    ///
    /// @param style further classes: `open`, `bounded`, `present`
    public SvgChart mark(int series, String style, At value, String tip) {
        labels.cover(x.at(value.x), y.at(value.y), MARK + 1);
        svg.append(String.format(
                Locale.ROOT,
                "<circle class=\"mark s%d %s\" tabindex=\"0\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" data-tip=\"%s\"/>",
                series,
                style,
                x.at(value.x),
                y.at(value.y),
                MARK,
                Html.escape(tip)));
        return this;
    }

    /// A measured value: a square, with a whisker over its spread.
    public SvgChart square(int series, At value, double low, double high, String tip) {
        double atX = x.at(value.x);
        double atY = y.at(value.y);
        labels.cover(atX, atY, MARK + 1);
        svg.append("<g class=\"s").append(series).append("\">");
        line("whisker", atX, y.at(low), atX, y.at(high));
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"mark open\" tabindex=\"0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" data-tip=\"%s\"/></g>",
                atX - MARK,
                atY - MARK,
                2 * MARK,
                2 * MARK,
                Html.escape(tip)));
        return this;
    }

    /// A small dot, for clouds of many.
    public SvgChart dot(int series, At value, String tip) {
        svg.append(String.format(
                Locale.ROOT,
                "<circle class=\"dot s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"2\" data-tip=\"%s\"/>",
                series,
                x.at(value.x),
                y.at(value.y),
                Html.escape(tip)));
        return this;
    }

    /// A stretch of the x axis that shows `tip` wherever the pointer is above it.
    public SvgChart column(double from, double to, String tip) {
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

    /// A bound across the chart, with its words at the end of the line that has room for them.
    public SvgChart bound(double value, String name) {
        double at = y.at(value);
        line("slo", LEFT, at, RIGHT, at);
        words.add(new Words("slo-label", name, List.of(
                new Place(RIGHT, at - 5, "end"),
                new Place(LEFT + 4, at - 5, "start"),
                new Place(RIGHT, at + 14, "end"),
                new Place(LEFT + 4, at + 14, "start"))));
        return this;
    }

    /// Where prediction equals measurement.
    public SvgChart diagonal(double low, double high) {
        line("diagonal", x.at(low), y.at(low), x.at(high), y.at(high));
        return this;
    }

    /// Words beside a value; left out where they would cover a mark or words that were given before.
    public SvgChart label(At value, String name) {
        double atX = x.at(value.x);
        double atY = y.at(value.y);
        words.add(new Words("", name, List.of(
                new Place(atX + BESIDE, atY - 6, "start"),
                new Place(atX - BESIDE, atY - 6, "end"),
                new Place(atX, atY - 10, "middle"),
                new Place(atX + BESIDE, atY + 14, "start"),
                new Place(atX - BESIDE, atY + 14, "end"),
                new Place(atX, atY + 19, "middle"))));
        return this;
    }

    /// The whole element.
    public String render() {
        StringBuilder whole = new StringBuilder(svg);
        for (Words each : words) {
            labels.place(each.text, each.candidates).ifPresent(place -> whole.append(String.format(
                    Locale.ROOT, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                    each.style, place.x(), place.y(), place.anchor(), Html.escape(each.text))));
        }
        return whole + "</svg>";
    }
}
