package dev.iterscope.engine.request;

import java.util.Objects;

/// Input that cannot be used, told in one line: where, what is wrong, what to do.
///
/// The command line prints [#getMessage()] and exits with the code of the [Kind]; nothing else turns this into text.
public final class UserInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Why the input cannot be used; decides the exit code of the command line.
    public enum Kind {
        /// The command's options contradict each other or a value is out of range (exit code 2).
        USAGE(2),
        /// A file, stream or scenario cannot be used (exit code 3).
        INPUT(3),
        /// This machine lacks something that was asked for (exit code 4).
        MACHINE(4);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        /// The exit code that the command line documents for this kind.
        public int exitCode() {
            return exitCode;
        }
    }

    private final Kind kind;

    private UserInputException(Kind kind, String message) {
        super(message);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    /// Options that contradict each other, or a value out of range (exit code 2).
    public static UserInputException usage(String whatAndRemedy) {
        return new UserInputException(Kind.USAGE, whatAndRemedy);
    }

    /// A file or stream that cannot be used (exit code 3).
    ///
    /// @param file   the file's name as the user gave it
    /// @param place  where in it: a line, an offset, a JSON path; empty for the whole file
    /// @param what   what is wrong
    /// @param remedy what to do about it
    public static UserInputException input(String file, String place, String what, String remedy) {
        return new UserInputException(Kind.INPUT, file + (place.isEmpty() ? "" : ", " + place) + ": " + what + "; " + remedy);
    }

    /// Something that this machine lacks (exit code 4).
    public static UserInputException machine(String whatAndRemedy) {
        return new UserInputException(Kind.MACHINE, whatAndRemedy);
    }

    /// Why the input cannot be used.
    public Kind kind() {
        return kind;
    }
}
