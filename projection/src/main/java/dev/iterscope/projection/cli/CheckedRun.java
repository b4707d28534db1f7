package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/// Runs the last command of a command line, after what holds for all commands is checked.
final class CheckedRun extends RunLast {

    @Override
    protected List<Object> handle(ParseResult parsed) throws ExecutionException {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        try {
            Targets.check(last);
        } catch (UserInputException wrong) {
            CommandLine command = last.commandSpec().commandLine();
            throw new ExecutionException(command, wrong.getMessage(), wrong);
        }
        return super.handle(parsed);
    }
}
