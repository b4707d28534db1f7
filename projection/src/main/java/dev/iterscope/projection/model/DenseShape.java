package dev.iterscope.projection.model;

/// How the cost of the dense layers depends on the scheduled tokens beyond one straight line.
///
/// @param form what happens at the knee
/// @param knee tokens at which the slope changes
record DenseShape(Form form, int knee) {
    static final DenseShape LINE = new DenseShape(Form.LINE, 0);

    enum Form {
        /// One slope.
        LINE,
        /// Flat up to the knee: reading the weights takes longer than the arithmetic.
        FLOOR,
        /// A steeper slope beyond the knee.
        STEEPER,
        /// A steeper slope up to the knee: small batches use the device badly.
        FLATTER
    }

    double dense(double tokens) {
        return form == Form.FLOOR ? Math.max(0, tokens - knee) : tokens;
    }

    double kneePart(double tokens) {
        return switch (form) {
            case LINE, FLOOR -> 0;
            case STEEPER -> Math.max(0, tokens - knee);
            case FLATTER -> Math.min(tokens, knee);
        };
    }

    String describe() {
        return switch (form) {
            case LINE -> "linear in scheduled tokens";
            case FLOOR -> "flat up to " + knee + " scheduled tokens, then linear";
            case STEEPER -> "linear in scheduled tokens, steeper beyond " + knee;
            case FLATTER -> "linear in scheduled tokens, flatter beyond " + knee;
        };
    }
}
