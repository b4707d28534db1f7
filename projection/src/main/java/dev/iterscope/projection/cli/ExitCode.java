package dev.iterscope.projection.cli;

/// The exit codes of `iterscope`: part of its contract, so that scripts can tell a bad option from a bad file.
public final class ExitCode {

    /// Done, also when the verdict is "keep what you have" or "not enough data to say".
    public static final int DONE = 0;
    /// Done, but no setting meets the service-level objective.
    public static final int SLO_NOT_MET = 1;
    /// The command line is wrong.
    public static final int USAGE = 2;
    /// An input cannot be used; one line says which file, where, what is wrong and what to do.
    public static final int UNUSABLE_INPUT = 3;
    /// This machine lacks something; one line says what.
    public static final int MACHINE_LACKS = 4;

    /// A fault of iterscope itself, never of its input (EX_SOFTWARE of sysexits.h).
    public static final int INTERNAL = 70;

    private ExitCode() {}
}
