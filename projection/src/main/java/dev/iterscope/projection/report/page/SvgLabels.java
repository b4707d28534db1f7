package dev.iterscope.projection.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds room for words in a chart, so that none cover each other or a mark. Sizes are those of the page's style, widths those of a wide font.
final class SvgLabels {
    /// Height of the chart's text; `report.css` sets the same.
    static final double TEXT_HEIGHT = 13;
    private static final double CHARACTER_WIDTH = 8.4;
    private static final double GAP = 4;

    private final List<Box> taken = new ArrayList<>();

    /// Part of a chart that is covered.
    private record Box(double left, double top, double right, double bottom) {
        boolean overlaps(Box other) {
            return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
        }
    }

    /// Where words stand: the baseline's point and which part of the words is there, as SVG's `text-anchor` names it.
    record Place(double x, double y, String anchor) {
        private Box box(String words) {
            double width = width(words);
            double left = anchor.equals("start") ? x : anchor.equals("end") ? x - width : x - width / 2;
            return new Box(left, y - 0.8 * TEXT_HEIGHT, left + width, y + 0.25 * TEXT_HEIGHT);
        }
    }

    /// How wide words are at most.
    static double width(String words) {
        return CHARACTER_WIDTH * words.length();
    }

    /// Covers the surroundings of a mark.
    void cover(double x, double y, double radius) {
        taken.add(new Box(x - radius, y - radius, x + radius, y + radius));
    }

    /// The first of these places where the words are inside the plot and cover nothing; empty where none is.
    Optional<Place> place(String words, List<Place> candidates) {
        for (Place place : candidates) {
            Box box = place.box(words);
            boolean inside = box.left >= SvgChart.LEFT && box.right <= SvgChart.WIDTH && box.top >= 0 && box.bottom <= SvgChart.BOTTOM;
            if (inside && taken.stream().noneMatch(box::overlaps)) {
                taken.add(new Box(box.left - GAP, box.top, box.right + GAP, box.bottom));
                return Optional.of(place);
            }
        }
        return Optional.empty();
    }
}
