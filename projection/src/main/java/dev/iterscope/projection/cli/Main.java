package dev.iterscope.projection.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The `iterscope` command. Results go to standard output, progress and diagnostics to standard error.
///
/// Each subcommand is a class of its own in this package with a constructor that takes the [Console]; a new one is added to the
/// list in the annotation.
@Command(name = "iterscope", mixinStandardHelpOptions = true, versionProvider = VersionProvider.class,
        subcommands = {DemoCommand.class, RunCommand.class, ProjectCommand.class, SweepCommand.class, CompareCommand.class,
            ExplainCommand.class,
            FitCommand.class, ImportCommand.class, ExportCommand.class, ScheduleCommand.class, ExperimentCommand.class,
            DoctorCommand.class, HelpCommand.class},
        description = {
            "Profiles LLM serving and answers: which batch-token limit, why, and how sure is that?"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done (also when the verdict is keep or refuse)",
            "1:done, but no setting meets the SLO",
            "2:the command line is wrong",
            "3:an input cannot be used",
            "4:this machine lacks something",
            "70:a fault of iterscope itself"})
public final class Main implements Runnable {

    private final Console console;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack trace of a fault.")
    boolean debug;

    @Spec
    private CommandSpec command;

    Main(Console console) {
        this.console = console;
    }

    /// Runs the command line and ends the JVM with one of [ExitCode].
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // numbers read the same on every machine
        Logger.getLogger("").setLevel(Level.WARNING); // libraries greet on standard error, where only our own messages belong
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(StandardError.take());
        int code = run(Console.ofProcess(out, err), args);
        out.flush();
        err.flush();
        System.exit(code);
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8));
    }

    /// Runs the command line in this JVM.
    ///
    /// @return one of [ExitCode]
    static int run(Console console, String... args) {
        return commandLine(console).execute(args);
    }

    static CommandLine commandLine(Console console) {
        Faults faults = new Faults(console);
        CommandLine command = new CommandLine(new Main(console), new ConsoleFactory(console));
        HelpText.install(command);
        return command
                .setOut(console.out())
                .setErr(console.err())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(new CheckedRun())
                .setParameterExceptionHandler(faults)
                .setExecutionExceptionHandler(faults)
                .setColorScheme(Help.defaultColorScheme(console.colour() ? Help.Ansi.ON : Help.Ansi.OFF))
                .setUsageHelpWidth(Math.clamp(console.columns(), 80, 140));
    }

    /// Without a subcommand the usage is the answer.
    @Override
    public void run() {
        command.commandLine().usage(console.out());
    }

    /// Makes commands with the console as their only argument, everything else as picocli does.
    private record ConsoleFactory(Console console) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Console.class) {
                    return type.cast(constructor.newInstance(console));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
