package dev.iterscope.projection.cli;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/// Reads options whose values are constants that [Object#toString()] spells as the command line does.
final class Spelling {

    private Spelling() {}

    /// The constant of that spelling, in lower or upper case.
    ///
    /// @throws TypeConversionException naming each of them once, where picocli's own message adds Java's spelling
    static <E extends Enum<E>> E read(String text, E[] constants) {
        String spelled = text.toLowerCase(Locale.ROOT).replace('_', '-');
        return Stream.of(constants)
                .filter(constant -> constant.toString().equals(spelled))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of "
                        + Stream.of(constants).map(Enum::toString).collect(Collectors.joining(", "))));
    }
}
