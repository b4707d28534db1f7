package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Turns whatever went wrong into one line on standard error and a documented exit code. `--debug` adds the stack trace.
final class Faults implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /// What the JSON library adds about places: the line that counts is in our own words already.
    private static final Pattern LIBRARY_PLACE =
            Pattern.compile(
                    "\\s*(?:\\((?:start marker )?at \\[Source: [^\\]]*\\]\\)|at \\[Source: [^\\]]*\\]|\\(bound as [^)]*\\): not allowed.*`)");

    private final Console console;

    Faults(Console console) {
        this.console = console;
    }

    @Override
    public int handleParseException(ParameterException fault, String[] args) {
        CommandLine command = fault.getCommandLine();
        StringBuilder line =
                new StringBuilder(command.getCommandSpec().qualifiedName()).append(": ").append(inOurWords(oneLine(message(fault))));
        if (fault instanceof UnmatchedArgumentException unmatched && !unmatched.getSuggestions().isEmpty()) {
            line.append("; did you mean ").append(String.join(" or ", unmatched.getSuggestions())).append('?');
        }
        console.note(line + "; see " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static String inOurWords(String message) {
        return message.replace("option option", "option")
                .replaceFirst("\\.$", "")
                .replaceFirst("is not an? (?:int|long)$", "is not a whole number")
                .replaceFirst("is not a double$", "is not a number")
                .replaceFirst("is not a boolean$", "is neither true nor false");
    }

    @Override
    public int handleExecutionException(Exception fault, CommandLine command, ParseResult parsed) {
        if (parsed.hasMatchedOption("--debug") || debug(command)) {
            fault.printStackTrace(console.err());
            console.err().flush();
        }
        return switch (fault) {
            case UserInputException user -> say(command, message(user), user.kind().exitCode());
            case UncheckedIOException io -> say(command, message(io), ExitCode.UNUSABLE_INPUT);
            case IOException io -> say(command, reason(io), ExitCode.UNUSABLE_INPUT);
            default -> say(command,
                    "a fault of iterscope itself (" + fault.getClass().getSimpleName() + ": " + fault.getMessage()
                            + "); run again with --debug and report what it shows",
                    ExitCode.INTERNAL);
        };
    }

    private int say(CommandLine command, String message, int code) {
        console.note(command.getCommandSpec().qualifiedName() + ": " + oneLine(message));
        return code;
    }

    private static boolean debug(CommandLine command) {
        for (CommandLine at = command; at != null; at = at.getParent()) {
            if (at.getParseResult() != null && at.getParseResult().hasMatchedOption("--debug")) {
                return true;
            }
        }
        return false;
    }

    /// What an I/O fault means to a user, without class names.
    static String reason(IOException fault) {
        return switch (fault) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file; check the path";
            case AccessDeniedException denied -> denied.getFile() + ": not readable; check its permissions";
            case FileSystemException system when system.getReason() != null -> system.getFile() + ": " + system.getReason();
            default -> message(fault);
        };
    }

    private static String message(Exception fault) {
        if (fault instanceof UncheckedIOException unchecked) {
            return reason(Objects.requireNonNull(unchecked.getCause(), "its constructor demands one"));
        }
        return Objects.requireNonNullElse(fault.getMessage(), fault.getClass().getSimpleName());
    }

    /// Keeps a message on one line and free of control characters that would reach the terminal.
    private static String oneLine(String message) {
        return LIBRARY_PLACE.matcher(message).replaceAll("").replaceAll("\\s*\\R\\s*", "; ").replaceAll("\\p{Cntrl}", "?");
    }
}
