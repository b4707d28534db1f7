package dev.iterscope.engine;

import dev.iterscope.engine.backend.BackendProvider.Finding;
import java.util.List;
import java.util.Optional;

/// A backend of this installation, and whether this machine can run it.
///
/// @param name              name on the command line
/// @param unavailableReason why it cannot run here, in one line; empty when it can
/// @param findings          what it found on this machine
public record BackendStatus(String name, Optional<String> unavailableReason, List<Finding> findings) {
    /// Keeps an unmodifiable copy of the list.
    public BackendStatus {
        findings = List.copyOf(findings);
    }
}
