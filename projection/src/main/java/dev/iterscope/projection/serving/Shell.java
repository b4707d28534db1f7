package dev.iterscope.projection.serving;

/// Text for a POSIX shell.
public final class Shell {
    private Shell() {}

    /// A word that the shell takes as it is: quoted where it must be. A file whose name begins with `-` gets `./` before it from whoever
    /// names a file, see [#file].
    public static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /// A file's name that no command takes for an option.
    public static String file(String name) {
        return quoted(name.startsWith("-") && name.length() > 1 ? "./" + name : name);
    }
}
