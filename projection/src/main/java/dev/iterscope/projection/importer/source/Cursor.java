package dev.iterscope.projection.importer.source;

/// A place in a line of text, for formats whose lines must be read faster than regular expressions can.
///
/// A method that finds what it was asked for moves behind it; one that does not leaves the place as it is. Numbers are bounded, so
/// that absurd digits are "not a number" instead of an overflow.
public final class Cursor {

    private String text = "";
    private int at;
    private long integer;
    private double decimal;

    /// Looks at a place in another text.
    public Cursor on(String newText, int place) {
        text = newText;
        at = place;
        return this;
    }

    /// The place.
    public int at() {
        return at;
    }

    /// Whether a literal stands here; moves nowhere.
    public boolean isAt(String expected) {
        return text.startsWith(expected, at);
    }

    /// Moves behind a literal.
    public boolean literal(String expected) {
        if (text.startsWith(expected, at)) {
            at += expected.length();
            return true;
        }
        return false;
    }

    /// Moves behind a whole number of at most 18 digits that [#integer()] then gives; commas may group its digits.
    public boolean number() {
        int i = at;
        int digits = 0;
        long value = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                if (++digits > 18) {
                    return false;
                }
                value = value * 10 + (c - '0');
            } else if (c != ',' || digits == 0 || !digitAt(i + 1)) {
                break;
            }
            i++;
        }
        if (digits == 0) {
            return false;
        }
        integer = value;
        at = i;
        return true;
    }

    /// Moves behind a number with or without a fraction that [#decimal()] then gives.
    public boolean fraction() {
        int i = at;
        long value = 0;
        int digits = 0;
        while (i < text.length() && digitAt(i)) {
            if (++digits > 15) {
                return false;
            }
            value = value * 10 + (text.charAt(i++) - '0');
        }
        if (digits == 0) {
            return false;
        }
        double result = value;
        if (i < text.length() && text.charAt(i) == '.' && digitAt(i + 1)) {
            i++;
            long part = 0;
            long scale = 1;
            while (i < text.length() && digitAt(i)) {
                if (scale < 1_000_000_000_000_000L) {
                    part = part * 10 + (text.charAt(i) - '0');
                    scale *= 10;
                }
                i++;
            }
            result = scale <= 1_000_000 && value < 1_000_000_000L ? (value * (double) scale + part) / scale : value + part / (double) scale;
        }
        decimal = result;
        at = i;
        return true;
    }

    /// The number that [#number()] read last.
    public long integer() {
        return integer;
    }

    /// The number that [#fraction()] read last.
    public double decimal() {
        return decimal;
    }

    /// The character here, or NUL at the end.
    public char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private boolean digitAt(int i) {
        return i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
}
