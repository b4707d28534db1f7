package dev.iterscope.engine;

import java.util.List;
import java.util.Optional;

/// A backend of this installation, and whether this machine can run it.
///
/// @param name              name on the command line
/// @param unavailableReason why it cannot run here, in one line; empty when it can
/// @param findings          what it found on this machine
public record BackendStatus(String name, Optional<String> unavailableReason, List<Fact> findings) {
    /// One thing that a backend found.
    ///
    /// @param name  what it is, a few lower-case words
    /// @param value how it is
    public record Fact(String name, String value) {}

    /// Keeps an unmodifiable copy of the list.
    public BackendStatus {
        findings = List.copyOf(findings);
    }
}
