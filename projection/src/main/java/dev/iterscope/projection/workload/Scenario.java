package dev.iterscope.projection.workload;

import java.util.Locale;

/// When requests arrive. The names of the last two are MLPerf's.
public enum Scenario {
    /// At their recorded times; with a request rate, all gaps are scaled to that mean rate.
    RECORDED,
    /// All at once.
    OFFLINE,
    /// At random with the given mean rate and burstiness.
    SERVER;

    /// The word on the command line.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
