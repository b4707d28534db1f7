package dev.iterscope.projection.model;

import java.util.Locale;

/// How the cost of the dense layers depends on the scheduled tokens beyond one straight line.
///
/// @param form    what happens at the knee
/// @param padding what the tokens are rounded up to before they are multiplied
/// @param knee    tokens at which the slope changes
/// @param bend    tokens at which it changes once more ([Form#BEND] alone)
record DenseShape(Form form, Padding padding, int knee, int bend) {
    static final DenseShape LINE = new DenseShape(Form.LINE, 0);

    /// A shape without padding.
    DenseShape(Form form, int knee) {
        this(form, Padding.NONE, knee, 0);
    }

    enum Form {
        /// One slope.
        LINE,
        /// Flat up to the knee: reading the weights takes longer than the arithmetic.
        FLOOR,
        /// A steeper slope beyond the knee.
        STEEPER,
        /// A steeper slope up to the knee: small batches use the device badly.
        FLATTER,
        /// A slope of its own up to the knee, in single tokens, and another beyond it: weights are read once, whatever the batch,
        /// until the arithmetic outweighs them.
        TWO_SLOPES,
        /// Flat up to the knee, from there to the bend a steeper slope than beyond it.
        BEND;

        /// Whether it takes two coefficients.
        boolean hasKneePart() {
            return this != LINE && this != FLOOR;
        }
    }

    /// Matrix products run over whole tiles of rows: the last one costs as much as a full one.
    ///
    /// @param tile   rows of a tile
    /// @param halves whether a last tile of at most half the rows, or a quarter and so on, is taken by a smaller kernel
    record Padding(int tile, boolean halves) {
        static final Padding NONE = new Padding(1, false);

        /// Rows that are computed for so many.
        double of(double rows) {
            if (tile == 1) {
                return rows;
            }
            int whole = (int) (rows / tile);
            int rest = (int) Math.ceil(rows - whole * (double) tile);
            if (rest == 0) {
                return rows;
            }
            int last = halves ? Math.min(tile, Integer.highestOneBit(2 * rest - 1)) : tile;
            return whole * (double) tile + last;
        }
    }

    /// Rows of the output head beyond those that cost no more than reading its weights. Register blocks pad them as they do the other layers'
    /// rows; a device's tile holds them all.
    double requests(double requests) {
        return padding.halves() ? Math.max(0, padding.of(requests) - knee) : requests;
    }

    double dense(double tokens) {
        double rows = padding.of(tokens);
        return switch (form) {
            case LINE, STEEPER, FLATTER -> rows;
            case FLOOR, TWO_SLOPES, BEND -> Math.max(0, rows - knee);
        };
    }

    double kneePart(double tokens) {
        return switch (form) {
            case LINE, FLOOR -> 0;
            case STEEPER -> Math.max(0, padding.of(tokens) - knee);
            case FLATTER -> Math.min(padding.of(tokens), knee);
            case TWO_SLOPES -> Math.min(tokens, knee);
            case BEND -> Math.max(0, Math.min(padding.of(tokens), bend) - knee);
        };
    }

    String describe() {
        String slopes = switch (form) {
            case LINE -> "linear in scheduled tokens";
            case FLOOR -> "flat up to " + knee + " scheduled tokens, then linear";
            case STEEPER -> "linear in scheduled tokens, steeper beyond " + knee;
            case FLATTER -> "linear in scheduled tokens, flatter beyond " + knee;
            case TWO_SLOPES -> "linear in scheduled tokens, with another slope beyond " + knee;
            case BEND -> "flat up to " + knee + " scheduled tokens, then linear, flatter beyond " + bend;
        };
        return padding.tile() == 1
                ? slopes
                : slopes + String.format(Locale.ROOT, padding.halves()
                        ? ", rounded up to register blocks (%d rows, or the power of two that holds the rest)"
                        : ", rounded up to whole tiles of %d", padding.tile());
    }
}
